"""Bodies that are coded by gzip or deflate are read; the limit holds for what was coded."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.columns.faults import RequestRefused
from app.web.bodies.coding import check_coding, decode_body
from app.web.bodies.errors import BodyError, BodyTooLarge, UnsupportedCoding
from training.dataset import Dataset

TEXT = b'{"features": [1, 2, 3]}' * 50


def deflate_without_frame(text: bytes) -> bytes:
    """Return what Microsoft's clients once took for deflate."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(text) + deflater.flush()


CODERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZip", lambda text: gzip.compress(text[:70]) + gzip.compress(text[70:])),
    ("deflate", zlib.compress),
    ("deflate", deflate_without_frame),
    ("identity, gzip", gzip.compress),
]


@pytest.mark.parametrize(("header", "code"), CODERS)
def test_undoes_a_coding(header: str, code: Callable[[bytes], bytes]) -> None:
    coding = check_coding(header)
    assert coding is not None
    assert decode_body(code(TEXT), coding, len(TEXT)) == TEXT


@pytest.mark.parametrize("header", ["", "identity", " Identity ,"])
def test_a_body_that_is_not_coded_is_left_as_it_is(header: str) -> None:
    assert check_coding(header) is None


@pytest.mark.parametrize("header", ["br", "zstd", "gzip, gzip", "deflate,gzip", "gzip;q=1", "gzipp"])
def test_refuses_a_coding_that_is_not_undone(header: str) -> None:
    with pytest.raises(UnsupportedCoding, match="^The Content-Encoding must be one of gzip, deflate, or left out\\.$"):
        check_coding(header)


@pytest.mark.parametrize(("header", "code"), CODERS)
def test_the_limit_holds_for_what_was_coded(header: str, code: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BodyTooLarge):
        decode_body(code(TEXT), str(check_coding(header)), len(TEXT) - 1)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", TEXT),
        ("gzip", zlib.compress(TEXT)),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-1]),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"more"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-8] + bytes(8)),
        ("deflate", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)[:-1]),
        ("deflate", zlib.compress(TEXT) + b"more"),
        ("deflate", b"\x78"),
    ],
)
def test_refuses_what_is_not_coded_as_it_says(coding: str, body: bytes) -> None:
    with pytest.raises(BodyError) as refused:
        decode_body(body, coding, 10 * len(TEXT))
    assert isinstance(refused.value, RequestRefused)
    assert str(refused.value).endswith(f": {coding}.")


def test_a_coded_request_is_answered_as_any_other(client: FlaskClient, example_dataset: Dataset) -> None:
    body = json.dumps({"features": example_dataset.X[0].tolist()}).encode()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    plain = client.post("/predict", data=body, headers={"Content-Type": "application/json"})
    assert client.post("/predict", data=gzip.compress(body), headers=headers).json == plain.json


def test_says_which_codings_there_are(client: FlaskClient) -> None:
    answer = client.post("/predict", data=b"x", headers={"Content-Encoding": "br"})
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "gzip, deflate")
