"""What the parser of a connection takes for requests, however their bytes arrive."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.parser import MAX_HEAD_BYTES, RequestParser
from tests.support.parsing import GET, MAX_BODY_BYTES, build_head, cut_each_byte, parse, parse_one

POST = build_head(b"Content-Length: 5") + b"abcde"
CHUNKED = build_head(b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n2;key=value\r\nde\r\n0\r\nTrailer: 1\r\n\r\n"
UPGRADE = (b"Connection: Upgrade", b"Upgrade: websocket")
UPGRADING = build_head(*UPGRADE, line=b"GET /upgrade HTTP/1.1")
OLD = build_head(b"Connection: keep-alive", line=b"GET /old HTTP/1.0", host=None)
LONG = build_head(b"Content-Length: 250") + b"x" * 250

Summary = tuple[str, bytes, str, bytes, int, bool, list[tuple[bytes, bytes]]]


def summarize(parser: RequestParser) -> list[Summary]:
    """Return all that is known of the complete requests."""
    return [
        (each.method, each.target, each.version, each.body, each.n_body_bytes, each.keeps_connection, each.headers)
        for each in parser.completed
    ]


def test_a_request_is_taken_as_it_stands() -> None:
    request = parse_one(
        build_head(b"X-Name:  some value \t", b"Content-Length: 2", line=b"POST /a?b=c HTTP/1.1") + b"{}"
    )
    assert (request.method, request.target, request.version, request.body) == ("POST", b"/a?b=c", "1.1", b"{}")
    assert request.headers == [(b"host", b"house"), (b"x-name", b"some value"), (b"content-length", b"2")]
    assert request.is_complete


def test_a_header_is_found_by_its_name_and_the_first_counts() -> None:
    request = parse_one(build_head(b"X-Name: 1", b"x-name: 2", line=b"GET / HTTP/1.1"))
    assert (request.get_header(b"x-name"), request.get_header(b"other")) == (b"1", None)


@pytest.mark.parametrize("content", [GET, POST, CHUNKED, UPGRADING, OLD, LONG])
def test_a_request_may_come_byte_by_byte(content: bytes) -> None:
    assert summarize(parse(*cut_each_byte(content))) == summarize(parse(content))
    assert len(parse(content).completed) == 1


@given(st.lists(st.sampled_from([GET, POST, CHUNKED, UPGRADING, OLD, LONG]), min_size=1, max_size=5), st.data())
def test_how_a_stream_is_cut_changes_nothing(requests: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(requests)
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12))), len(stream)]
    parser = parse(*[stream[start:end] for start, end in zip(cuts, cuts[1:], strict=False)])
    assert (parser.fault, parser.current) == (None, None)
    assert summarize(parser) == [summarize(parse(request))[0] for request in requests]


def test_pipelined_requests_are_kept_in_their_order() -> None:
    parser = parse(POST + CHUNKED + GET)
    assert [(request.method, request.body) for request in parser.completed] == [
        ("POST", b"abcde"),
        ("POST", b"abcde"),
        ("GET", b""),
    ]


@pytest.mark.parametrize("n_requests", [2 * MAX_HEAD_BYTES // len(GET)])
def test_a_stream_that_is_always_cut_within_a_head_goes_on(n_requests: int) -> None:
    halves = [GET[:10], *[GET[10:] + GET[:10]] * (n_requests - 1), GET[10:]]
    parser = parse(*halves)
    assert parser.fault is None
    assert len(parser.completed) == n_requests


def test_half_a_head_behind_a_long_body_is_waited_for() -> None:
    body = b"x" * 2 * MAX_HEAD_BYTES
    parser = parse(build_head(b"Content-Length: %d" % len(body)), body[:-1], body[-1:] + GET[:10])
    assert parser.fault is None
    parser.feed(GET[10:])
    assert len(parser.completed) == 2


def test_blank_lines_before_a_request_are_no_part_of_it() -> None:
    assert parse_one(b"\r\n\r\n" + GET).method == "GET"
    assert parse(b"\r\n").current is None


@pytest.mark.parametrize(
    ("line", "field", "keeps"),
    [
        (b"GET / HTTP/1.1", b"X: y", True),
        (b"GET / HTTP/1.1", b"Connection: close", False),
        (b"GET / HTTP/1.1", b"Connection: Close, x", False),
        (b"GET / HTTP/1.0", b"X: y", False),
        (b"GET / HTTP/1.0", b"Connection: keep-alive", True),
    ],
)
def test_a_client_says_whether_the_connection_goes_on(line: bytes, field: bytes, keeps: bool) -> None:
    assert parse_one(build_head(field, line=line)).keeps_connection is keeps


@pytest.mark.timeout(5)  # or it would have no end
@pytest.mark.parametrize("more", [GET, b"\x00", b"garbage", b"\r\n" + GET])
@pytest.mark.parametrize("last", [build_head(b"Connection: close"), build_head(line=b"GET / HTTP/1.0")])
def test_what_comes_behind_the_last_request_is_ignored(last: bytes, more: bytes) -> None:
    last = last.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n")
    for pieces in ([last + more], [last, more]):
        parser = parse(*pieces)
        assert (len(parser.completed), parser.fault, parser.current) == (1, None, None)


def test_an_upgrade_is_not_taken_and_the_next_request_arrives() -> None:
    parser = parse(UPGRADING + GET, UPGRADING, GET)
    assert [request.target for request in parser.completed] == [b"/upgrade", b"/", b"/upgrade", b"/"]


@pytest.mark.parametrize(
    "framed", [(b"Content-Length: 5", b"abcde"), (b"Transfer-Encoding: chunked", b"5\r\nabcde\r\n0\r\n\r\n")]
)
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_an_upgrade_that_is_offered_with_a_body_does_not_unframe_it(
    framed: tuple[bytes, bytes], protocol: bytes
) -> None:
    field, content = framed
    stream = build_head(b"Connection: Upgrade", b"Upgrade: " + protocol, field) + content + GET
    for pieces in ([stream], cut_each_byte(stream)):
        assert [request.body for request in parse(*pieces).completed] == [b"abcde", b""]


def test_a_body_never_becomes_a_request_of_its_own() -> None:
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: house\r\n\r\n"
    parser = parse(build_head(*UPGRADE, b"Content-Length: %d" % len(smuggled)) + smuggled)
    assert [request.target for request in parser.completed] == [b"/predict"]


@pytest.mark.parametrize(
    ("line", "expects"), [(b"POST / HTTP/1.1", True), (b"POST / HTTP/1.2", True), (b"POST / HTTP/1.0", False)]
)
@pytest.mark.parametrize("value", [b"100-continue", b"100-Continue"])
def test_a_client_may_wait_to_be_asked_for_its_body(line: bytes, expects: bool, value: bytes) -> None:
    assert parse_one(build_head(b"Expect: " + value, line=line)).expects_continue is expects


@pytest.mark.parametrize("coding", [b"Content-Length: 250", b"Transfer-Encoding: chunked"])
def test_of_a_body_over_the_limit_one_byte_more_is_kept(coding: bytes) -> None:
    body = b"x" * 250
    content = body if b"Length" in coding else b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    for pieces in ([build_head(coding), content], cut_each_byte(build_head(coding) + content)):
        request = parse_one(*pieces)
        assert (len(request.body), request.n_body_bytes, request.is_overlong) == (MAX_BODY_BYTES + 1, 250, True)


def test_a_body_at_the_limit_is_kept_as_a_whole() -> None:
    request = parse_one(build_head(b"Content-Length: %d" % MAX_BODY_BYTES) + b"x" * MAX_BODY_BYTES)
    assert (len(request.body), request.is_overlong) == (MAX_BODY_BYTES, False)


def test_a_discarded_body_is_not_kept_and_its_request_not_answered_again() -> None:
    parser = parse(build_head(b"Content-Length: 5"))
    request = parser.current
    assert request is not None
    request.is_discarding = True
    parser.feed(b"abcde" + GET)
    assert (request.chunks, request.n_body_bytes, request.is_complete) == ([], 5, True)
    assert [each.method for each in parser.completed] == ["GET"]


def test_a_request_tells_when_its_first_and_last_bytes_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = RequestParser(MAX_BODY_BYTES)
    for now, piece in enumerate(cut_each_byte(POST)):
        monkeypatch.setattr(time, "monotonic", lambda now=now: float(now))
        parser.feed(piece)
    request = parser.completed[0]
    assert (request.began_at, request.completed_at) == (0.0, len(POST) - 1)
