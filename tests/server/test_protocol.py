"""The real server over raw sockets: old clients, broken requests, bodies that do not end as they say."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
import requests

from tests.support.raw_http import RawAnswer, post, read_answer, send
from tests.support.running_server import RunningServer
from training.dataset import Dataset

MAX_BODY_BYTES = 2 * 1024 * 1024


@pytest.fixture(scope="module")
def body(example_dataset: Dataset) -> bytes:
    """Return the body of a right request."""
    return json.dumps({"features": example_dataset.X[0].tolist()}).encode()


def assert_is_problem(answer: RawAnswer, status: int) -> None:
    """Assert that `answer` is an error in the one shape, with the headers that every answer carries."""
    assert (answer.status, answer.json["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["x-request-id"] == answer.json["request_id"]
    assert answer.headers["x-model-version"] == "example"


def test_answers_http_1_0_and_closes(server: RunningServer, body: bytes) -> None:
    request = post("/predict", body).replace(b"HTTP/1.1", b"HTTP/1.0")
    answer = send(server, request)
    assert answer.status == 200
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "transfer-encoding" not in answer.headers


def test_answers_http_1_0_without_a_host_and_without_a_content_type(server: RunningServer, body: bytes) -> None:
    answer = send(server, f"POST /predict/ HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    assert (answer.status, answer.json["label"]) == (200, 0)


def test_answers_many_requests_on_one_connection(server: RunningServer, body: bytes) -> None:
    with server.connect() as connection:
        for _ in range(3):
            connection.sendall(post("/predict", body))
            assert read_answer(connection).status == 200


def test_answers_a_body_in_chunks(server: RunningServer, body: bytes) -> None:
    halves = [body[:100], body[100:]]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(half), half) for half in halves) + b"0\r\n\r\n"
    request = post("/predict", chunks, Content_Length="", Transfer_Encoding="chunked")
    assert send(server, request).status == 200


def test_refuses_a_chunked_body_over_the_limit_and_the_client_reads_it(server: RunningServer) -> None:
    chunk = b"%x\r\n%b\r\n" % (65536, b" " * 65536)
    chunks = chunk * (4 * MAX_BODY_BYTES // 65536) + b"0\r\n\r\n"
    request = post("/predict", chunks, Content_Length="", Transfer_Encoding="chunked")
    assert_is_problem(send(server, request), 413)


@pytest.mark.parametrize("path", ["/predict", "/nothing", "/health"])
def test_a_client_that_sends_far_too_much_reads_the_answer(server: RunningServer, path: str) -> None:
    answer = send(server, post(path, b" " * (20 * MAX_BODY_BYTES)))
    assert_is_problem(answer, {"/predict": 413, "/nothing": 404, "/health": 405}[path])


def test_the_connection_goes_on_after_a_body_that_was_too_large(server: RunningServer, body: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(post("/predict", b" " * (2 * MAX_BODY_BYTES)))
        assert read_answer(connection).status == 413
        connection.sendall(post("/predict", body))
        assert read_answer(connection).status == 200


def test_refuses_a_body_shorter_than_its_content_length(server: RunningServer, body: bytes) -> None:
    answer = send(server, post("/predict", body, Content_Length="1000"), half_close=True)
    assert_is_problem(answer, 400)
    assert answer.json["detail"] == f"The body has {len(body)} bytes where its Content-Length says 1000."


@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n0\r\n\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"ff\r\nabc"])
def test_refuses_a_broken_chunk(server: RunningServer, chunks: bytes) -> None:
    request = post("/predict", chunks, Content_Length="", Transfer_Encoding="chunked")
    assert_is_problem(send(server, request, half_close=True), 400)


def test_answers_a_compressed_body(server: RunningServer, body: bytes) -> None:
    answer = send(server, post("/predict", gzip.compress(body), Content_Encoding="gzip"))
    assert (answer.status, answer.json["label"]) == (200, 0)


def read_peak_bytes(process: int) -> int:
    """Return how much memory a process has had at most."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]


def test_a_bomb_is_refused_without_being_inflated(server: RunningServer) -> None:
    bomb = gzip.compress(b" " * 512 * MAX_BODY_BYTES)  # a gigabyte of nothing, in one megabyte
    assert len(bomb) < MAX_BODY_BYTES
    assert_is_problem(send(server, post("/predict", bomb, Content_Encoding="gzip")), 413)
    assert max(read_peak_bytes(worker) for worker in server.list_workers()) < 512 * MAX_BODY_BYTES


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /health HTTP/9.9\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 200 + b"\r\n", 431),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: sideways\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417),
        (b"GET /%ff%00%0a HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /predict//batch HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"BREW /predict HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 18 + b"\r\n\r\n", 413),
    ],
)
def test_refuses_what_is_not_right_with_a_problem_and_never_a_5xx(
    server: RunningServer, request_bytes: bytes, status: int
) -> None:
    assert_is_problem(send(server, request_bytes, half_close=True), status)


@pytest.mark.parametrize("header", ["SCRIPT_NAME: /x", "PATH_INFO: /x", "X-Forwarded-Proto: https", "Host:"])
def test_no_header_of_a_local_client_changes_the_answer(server: RunningServer, header: str) -> None:
    host = "" if header.startswith("Host") else "Host: x\r\n"
    request = f"GET /health HTTP/1.1\r\n{host}{header}\r\n\r\n".encode("latin-1")
    assert send(server, request).status == 200


@pytest.mark.parametrize("request_id", ["a", "A-1_b.c", "x" * 128])
def test_gives_the_callers_request_id_back(server: RunningServer, request_id: str) -> None:
    answer = requests.get(f"{server.url}/health", headers={"X-Request-ID": request_id}, timeout=60)
    assert answer.headers["X-Request-ID"] == request_id


@pytest.mark.parametrize("request_id", ["", "a b", "x" * 129, "ü", "a/b"])
def test_makes_a_request_id_where_the_callers_is_no_good(server: RunningServer, request_id: str) -> None:
    answer = requests.get(f"{server.url}/health", headers={"X-Request-ID": request_id.encode()}, timeout=60)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])
