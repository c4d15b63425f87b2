"""Bodies in chunks, and what is none."""

from __future__ import annotations

import pytest

from app.server.parser import MAX_FRAMING_BYTES
from tests.support.parsing import GET, build_head, cut_each_byte, parse, parse_one

CHUNKED = build_head(b"Transfer-Encoding: chunked")


@pytest.mark.parametrize(
    "chunks",
    [
        b"5\r\nabcde\r\n0\r\n\r\n",
        b"005\r\nabcde\r\n000\r\n\r\n",
        b"2;a;b=c\r\nab\r\n3\r\ncde\r\n0;d\r\n\r\n",
        b'5;a="b c"\r\nabcde\r\n0\r\n\r\n',
        b"5\r\nabcde\r\n0\r\nTrailer: 1\r\nOther: 2\r\n\r\n",
    ],
)
@pytest.mark.parametrize("coding", [b"chunked", b"Chunked", b"  CHUNKED "])
def test_chunks_are_joined_without_their_extensions_and_trailers(chunks: bytes, coding: bytes) -> None:
    request = parse_one(build_head(b"Transfer-Encoding:" + coding) + chunks)
    assert (request.body, request.n_body_bytes) == (b"abcde", 5)
    assert [name for name, _ in request.headers] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize(
    "chunks",
    [
        *[size + b"\r\na\r\n0\r\n\r\n" for size in (b"+1", b"-1", b"0x1", b" 1", b"1 ", b"1_", b"g", b"", b"1;")],
        b"10000000000000001\r\na\r\n0\r\n\r\n",
        b"1\na\r\n0\r\n\r\n",
        b"1\r\na\n0\r\n\r\n",
        b"1\r\nab\r\n0\r\n\r\n",
        b"1;x\ny\r\na\r\n0\r\n\r\n",
        b"1\r\na\r\n0\r\n\n",
        b"1\r\na\r\n0\r\nX y\r\n\r\n",
        b"1\r\na\r\n0\r\nContent-Length: 5\r\n\r\n",
        b"1\r\na\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_chunk_that_is_none_breaks_its_body(chunks: bytes) -> None:
    for pieces in ([CHUNKED + chunks + GET], cut_each_byte(CHUNKED + chunks + GET)):
        parser = parse(*pieces)
        assert parser.current is not None and parser.fault is not None
        assert (parser.current.is_broken, parser.fault.status, len(parser.completed)) == (True, 400, 0)


def test_more_around_chunks_than_in_them_is_refused() -> None:
    parser = parse(CHUNKED, b"1;", *[b"x" * 65536] * (MAX_FRAMING_BYTES // 65536))
    assert parser.current is not None and parser.fault is not None
    assert (parser.current.is_broken, parser.fault.status) == (True, 400)
