"""What the parser of a connection refuses: what is ambiguous, too long, or no request at all."""

from __future__ import annotations

import pytest

from app.server.parser import MAX_FIELD_BYTES, MAX_FIELDS, MAX_HEAD_BYTES, MAX_TARGET_BYTES
from app.server.refusal import LONG_HEAD, LONG_LINE, MALFORMED
from tests.support.parsing import GET, build_head, cut_each_byte, parse, parse_fault, parse_one

ALLOW = (("Allow", "GET, HEAD, OPTIONS, POST"),)
TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00\r\n" * 20
NO_METHOD = "There is nothing that answers to this method."


@pytest.mark.parametrize("line", [b"GET /%b HTTP/1.1", b"GET http://house/%b HTTP/1.1"])
def test_a_target_that_is_too_long_is_refused_before_its_end(line: bytes) -> None:
    long_line = line % (b"x" * MAX_TARGET_BYTES)
    fault = parse_fault(long_line[: MAX_TARGET_BYTES + 20])
    assert (fault.status, fault.detail) == (414, LONG_LINE)


def test_a_target_at_the_limit_is_taken() -> None:
    target = b"/" + b"x" * (MAX_TARGET_BYTES - 1)
    assert parse_one(build_head(line=b"GET %b HTTP/1.1" % target)).target == target


@pytest.mark.parametrize(
    "fields",
    [
        [b"X: " + b"y" * MAX_FIELD_BYTES],
        [b"x" * MAX_FIELD_BYTES + b": y"],
        [b"X: y"] * MAX_FIELDS,
        [b"X%d: " % number + b"y" * 8000 for number in range(18)],
    ],
)
def test_a_head_that_is_too_long_is_refused(fields: list[bytes]) -> None:
    head = build_head(*fields)
    for pieces in ([head[start : start + 16384] for start in range(0, len(head), 16384)], cut_each_byte(head)):
        fault = parse_fault(*pieces)
        assert (fault.status, fault.detail) == (431, LONG_HEAD)


def test_a_head_at_the_limits_is_taken() -> None:
    fields = [b"X: " + b"y" * (MAX_FIELD_BYTES - 1), *[b"X: y"] * (MAX_FIELDS - 2)]
    assert len(parse_one(build_head(*fields)).headers) == MAX_FIELDS


@pytest.mark.parametrize("beginning", [b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"])
def test_a_head_that_trickles_and_never_ends_is_refused(beginning: bytes) -> None:
    fault = parse_fault(beginning, *[b"x" * 1000] * (MAX_HEAD_BYTES // 1000 + 1))
    assert fault.status == 431


@pytest.mark.parametrize("host", [None, b"a, b", b"a/b", b"a b", b"\xc3\xa9", b"a@b", b"a:b", b"[::1", b"a?b", b"a\\b"])
def test_a_host_that_is_none_is_refused(host: bytes | None) -> None:
    assert parse_fault(build_head(line=b"GET / HTTP/1.1", host=host)).status == 400


@pytest.mark.parametrize("fields", [b"Host: house", b"Host: other", b"HOST:"])
def test_two_hosts_are_refused(fields: bytes) -> None:
    fault = parse_fault(build_head(fields))
    assert (fault.status, fault.detail) == (400, f"{MALFORMED} Host or Content-Type is there twice.")


@pytest.mark.parametrize(
    "host", [b"house", b"house:80", b"127.0.0.1:8000", b"", b"[::1]", b"[::1]:80", b"a.b-c_d", b"h:"]
)
def test_a_host_is_a_name_or_an_address_and_may_have_a_port(host: bytes) -> None:
    assert parse_one(build_head(host=host, line=b"GET / HTTP/1.1")).get_header(b"host") == host


def test_http_1_0_needs_no_host() -> None:
    assert parse_one(b"GET / HTTP/1.0\r\n\r\n").version == "1.0"


@pytest.mark.parametrize("version", [b"1.2", b"1.9"])
def test_a_later_version_of_the_same_kind_is_taken_for_1_1(version: bytes) -> None:
    assert parse_one(build_head(line=b"GET / HTTP/" + version)).version == "1.1"


@pytest.mark.parametrize(
    "protocol", [b" HTTP/0.9", b" HTTP/2.0", b" HTTP/9.9", b" HTTP/1", b" HTTP/11", b" http/1.1", b""]
)
def test_other_versions_are_refused(protocol: bytes) -> None:
    assert parse_fault(build_head(line=b"GET /" + protocol)).status == 400


@pytest.mark.parametrize(
    "fields",
    [
        *[[b"Transfer-Encoding: " + coding] for coding in (b"gzip", b"identity", b"gzip, chunked", b"xchunked", b"")],
        *[[b"Transfer-Encoding: " + coding] for coding in (b"chunked, gzip", b"chunked, chunked", b"\x0bchunked")],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"],
        [b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding : chunked"],
        [b"Transfer-Encoding: chunked", b"Content-Length: 0"],
        [b"Content-Length: 0", b"Transfer-Encoding: chunked"],
        [b"Content-Length: 1", b"Content-Length: 1"],
        [b"Content-Length: 1", b"Content-Length: 2"],
        *[[b"Content-Length: " + length] for length in (b"+1", b"-1", b"1 1", b"1, 1", b"0x1", b"1_0", b"", b"1.0")],
        [b"Content-Length: 18446744073709551616"],
        [b"Content-Length : 1"],
    ],
)
def test_a_length_that_is_ambiguous_is_refused(fields: list[bytes]) -> None:
    for pieces in ([build_head(*fields) + GET], cut_each_byte(build_head(*fields) + GET)):
        assert parse_fault(*pieces).status == 400


def test_http_1_0_has_no_transfer_encoding() -> None:
    fault = parse_fault(build_head(b"Transfer-Encoding: chunked", line=b"POST / HTTP/1.0") + b"0\r\n\r\n")
    assert (fault.status, fault.detail) == (400, f"{MALFORMED} HTTP/1.0 has no Transfer-Encoding.")


@pytest.mark.parametrize(
    "head",
    [
        build_head(b"X: y", b" z"),
        build_head(b" X: y"),
        build_head(b"X : y"),
        build_head(b"X"),
        build_head(b": y"),
        build_head(b"X\rY: z"),
        build_head(b"X: y\rZ: z"),
        build_head(b"X: y\nZ: z"),
        build_head(b"X: \0"),
        build_head(b"X\0: y"),
        build_head(line=b"GET /\0 HTTP/1.1"),
        build_head(line=b"GET / HTTP/1.1 "),
        build_head(line=b"GET\t/ HTTP/1.1"),
        build_head(line=b"GET"),
        GET.replace(b"\r\n", b"\n"),
        GET.replace(b"\r\n", b"\r"),
        GET[:-2] + b"\n",
        TLS,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_head_is_refused(head: bytes) -> None:
    for pieces in ([head + GET], cut_each_byte(head + GET)):
        fault = parse_fault(*pieces)
        assert (fault.status, fault.headers) == (400, ())


@pytest.mark.parametrize("other", [TLS, b"garbage", b"\0", b"GET/ HTTP/1.1\r\n\r\n"])
def test_what_is_no_request_behind_one_is_refused_in_the_same_way(other: bytes) -> None:
    parser = parse(GET + other)
    assert parser.fault is not None
    assert (len(parser.completed), parser.fault.status) == (1, 400)


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (b"GET http://house/a?b HTTP/1.1", b"/a?b"),
        (b"GET HTTPS://house:1/a HTTP/1.1", b"/a"),
        (b"GET http://house HTTP/1.1", b"/"),
        (b"GET http://house?b HTTP/1.1", b"/?b"),
        (b"OPTIONS * HTTP/1.1", b"*"),
        (b"GET //a HTTP/1.1", b"//a"),
    ],
)
def test_a_target_is_reduced_to_its_path(line: bytes, target: bytes) -> None:
    assert parse_one(build_head(line=line)).target == target


@pytest.mark.parametrize(
    "line", [b"GET *", b"POST *", b"GET ftp://house/", b"GET http:///a", b"GET a", b"GET house:80"]
)
def test_a_target_that_is_no_path_is_refused(line: bytes) -> None:
    assert parse_fault(build_head(line=line + b" HTTP/1.1")).status == 400


@pytest.mark.parametrize("line", [b"BREW /", b"get /", b"GETS /", b"X-Y /a?b", b"CONNECT house:443", b"CONNECT /"])
def test_a_method_that_nothing_answers_to_is_refused_with_those_there_are(line: bytes) -> None:
    fault = parse_fault(build_head(line=line + b" HTTP/1.1"))
    assert (fault.status, fault.detail, fault.headers) == (405, NO_METHOD, ALLOW)


@pytest.mark.parametrize("expectation", [b"200-ok", b"100-continue, x", b""])
def test_an_expectation_that_cannot_be_met_is_refused(expectation: bytes) -> None:
    assert parse_fault(build_head(b"Expect: " + expectation)).status == 417


def test_nothing_is_parsed_behind_a_fault() -> None:
    parser = parse(TLS, GET)
    assert not parser.completed
