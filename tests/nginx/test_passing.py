"""What passes through nginx unchanged."""

from __future__ import annotations

import json

import pytest
import requests

from tests.nginx.running_nginx import RunningNginx
from tests.support.raw_http import post, read_answer, send
from tests.support.running_server import DEADLINE_SECONDS, RunningServer
from training.dataset import Dataset

ID = {"X-Request-ID": "told-by-the-caller"}
# Of a connection, or of the moment, or of nginx.
NOT_COMPARED = {"connection", "date", "server", "keep-alive"}


def ask_both(nginx: RunningNginx, server: RunningServer, method: str, path: str, body: bytes = b"") -> int:
    """Return the status of an answer once it is the same directly and through nginx, bit by bit."""
    direct, through = (
        requests.request(method, f"{url}{path}", data=body, headers=ID, timeout=DEADLINE_SECONDS)
        for url in (server.url, nginx.url)
    )
    assert (through.status_code, through.content) == (direct.status_code, direct.content)
    compared = [name for name in direct.headers if name.lower() not in NOT_COMPARED]
    assert {name: through.headers.get(name) for name in compared} == {name: direct.headers[name] for name in compared}
    return through.status_code


def test_a_prediction_is_the_services_bit_by_bit(nginx: RunningNginx, server: RunningServer, body: bytes) -> None:
    assert ask_both(nginx, server, "POST", "/predict", body) == 200


def test_a_batch_of_512_is_the_services_bit_by_bit(
    nginx: RunningNginx, server: RunningServer, example_dataset: Dataset
) -> None:
    batch = json.dumps({"instances": example_dataset.X[:512].tolist()}).encode()
    assert ask_both(nginx, server, "POST", "/predict/batch", batch) == 200


@pytest.mark.parametrize("path", ["/model", "/openapi.json", "/docs", "/ready", "/docs/assets/swagger-ui.js"])
def test_what_else_there_is_to_read_is_the_services(nginx: RunningNginx, server: RunningServer, path: str) -> None:
    assert ask_both(nginx, server, "GET", path) == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/predict", b"{", 400),
        ("POST", "/predict", b'{"features":[NaN]}', 422),
        ("GET", "/predict", b"", 405),
        ("PATCH", "/predict", b"", 405),
        ("GET", "/nothing", b"", 404),
        ("GET", "/predict//batch", b"", 404),
        ("GET", "/%E4%ff%0a?a=%26", b"", 404),
        ("GET", "/problem/", b"", 404),
    ],
)
def test_an_error_of_the_service_is_the_services(
    nginx: RunningNginx, server: RunningServer, method: str, path: str, body: bytes, status: int
) -> None:
    assert ask_both(nginx, server, method, path, body) == status


def test_a_method_that_nobody_knows_is_refused_by_the_service(nginx: RunningNginx) -> None:
    answer = nginx.send(b"BREW /predict HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert answer.json["detail"] == "There is nothing that answers to this method."


@pytest.mark.parametrize("path", [b"/" + b"a" * 4200, b"//predict", b"/a/../predict"])
def test_a_path_reaches_the_service_as_it_is_written(nginx: RunningNginx, server: RunningServer, path: bytes) -> None:
    request = b"GET %b HTTP/1.1\r\nHost: x\r\nX-Request-ID: one\r\n\r\n" % path
    through, direct = nginx.send(request), send(server, request)
    assert (through.status, through.json["detail"]) == (direct.status, direct.json["detail"])


def test_answers_http_1_0_without_a_host_and_closes(nginx: RunningNginx, body: bytes) -> None:
    with nginx.connect() as connection:
        connection.sendall(f"POST /predict/ HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = read_answer(connection)
        assert (answer.status, answer.json["label"]) == (200, 0)
        assert connection.recv(1) == b""


def test_answers_http_1_0_with_the_length_of_the_body(nginx: RunningNginx, body: bytes) -> None:
    answer = nginx.send(post("/predict", body).replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "transfer-encoding" not in answer.headers


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
def test_answers_a_client_that_closes_its_side_once_it_has_asked(
    nginx: RunningNginx, body: bytes, version: bytes
) -> None:
    answer = nginx.send(post("/predict", body).replace(b"HTTP/1.1", version), half_close=True)
    assert (answer.status, answer.json["label"]) == (200, 0)


def test_answers_many_requests_on_one_connection(nginx: RunningNginx, body: bytes) -> None:
    with nginx.connect() as connection:
        for _ in range(3):
            connection.sendall(post("/predict", body))
            assert read_answer(connection).status == 200


def test_answers_a_body_in_chunks(nginx: RunningNginx, body: bytes) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(half), half) for half in (body[:100], body[100:])) + b"0\r\n\r\n"
    answer = nginx.send(post("/predict", chunks, Content_Length="", Transfer_Encoding="chunked"))
    assert (answer.status, answer.json["label"]) == (200, 0)


def test_says_to_go_on_to_a_client_that_waits_for_that(nginx: RunningNginx, body: bytes) -> None:
    head = post("/predict", body, Expect="100-continue").removesuffix(body)
    with nginx.connect() as connection:
        connection.sendall(head)
        assert connection.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert read_answer(connection).status == 200
