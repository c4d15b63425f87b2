from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from app.commands.smoke import client as client_module
from app.commands.smoke.address import ServiceAddress
from app.commands.smoke.client import NoAnswer, ServiceClient
from tests.operators.smoke.scripted_service import Act, ScriptedService, answer, say_nothing, trickle, write
from tests.support.running_server import find_free_port


@pytest.fixture
def client(service: ScriptedService) -> Iterator[ServiceClient]:
    with closing(ServiceClient(ServiceAddress.parse(f"http://{service.address}"))) as client:
        yield client


def explain(client: ServiceClient) -> str:
    """Return why GET /ready gets no answer."""
    with pytest.raises(NoAnswer) as refused:
        client.get("/ready")
    assert str(refused.value) == f"GET {client.address}/ready got no answer: {refused.value.reason}."
    return refused.value.reason


def test_keeps_its_connection(service: ScriptedService, client: ServiceClient) -> None:
    statuses = [client.get("/ready").status, client.get("/none").status, client.get("/model").status]
    assert (statuses, service.n_connections) == ([200, 404, 200], 1)


@pytest.mark.parametrize(
    "closing_answer",
    [
        answer(200, {}, Connection="close"),
        write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        write(b"HTTP/1.0 200 OK\r\n\r\n{}"),
    ],
)
def test_connects_anew_where_the_server_has_closed(
    service: ScriptedService, client: ServiceClient, closing_answer: Act
) -> None:
    service.script["GET /ready"] = closing_answer
    assert [client.get("/ready").body for _ in range(3)] == [b"{}"] * 3


def test_does_not_ask_for_ever_where_the_server_always_closes(service: ScriptedService, client: ServiceClient) -> None:
    client.get("/ready")
    service.script["GET /ready"] = write(b"")
    assert explain(client) == "the connection was closed before there was an answer"
    assert service.requests == ["GET /ready"] * 3


def test_asks_below_the_prefix(service: ScriptedService) -> None:
    with closing(ServiceClient(ServiceAddress.parse(f"http://{service.address}/ml/"))) as client:
        client.get("/ready")
    assert service.requests == ["GET /ml/ready"]


def test_sends_json(service: ScriptedService, client: ServiceClient) -> None:
    service.script["POST /predict"] = lambda handler, document: answer(
        200, {"media_type": handler.headers["Content-Type"], "document": document}
    )(handler, document)
    echo = client.post("/predict", {"features": [1.0]}).parse_object()
    assert echo == {"media_type": "application/json", "document": {"features": [1.0]}}


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (write(b""), "the connection was closed before there was an answer"),
        (write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), "the answer broke off"),
        (write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), "the answer broke off"),
        (write(b"220 mail.example.com ESMTP\r\n"), "what answered is not HTTP"),
    ],
)
def test_says_how_an_answer_failed_to_come(
    service: ScriptedService, client: ServiceClient, act: Act, reason: str
) -> None:
    service.script["GET /ready"] = act
    assert explain(client) == reason


def test_says_that_nothing_listens() -> None:
    client = ServiceClient(ServiceAddress.parse(f"http://127.0.0.1:{find_free_port()}"))
    assert explain(client) == "the connection was refused"


def test_says_that_the_name_of_the_host_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    client = ServiceClient(ServiceAddress.parse("http://unknown.example.com"))
    assert explain(client) == "the name of the host is not known"


def test_says_what_the_machine_says_where_the_network_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    client = ServiceClient(ServiceAddress.parse("http://127.0.0.1"))
    assert explain(client) == "Network is unreachable"


@pytest.mark.parametrize("act", [say_nothing, trickle])
@pytest.mark.parametrize("n_before", [0, 1])
def test_waits_no_longer_than_the_limit(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch, act: Act, n_before: int
) -> None:
    with closing(ServiceClient(ServiceAddress.parse(f"http://{service.address}"))) as client:
        for _ in range(n_before):
            client.get("/model")
        monkeypatch.setattr(client_module, "REQUEST_TIMEOUT_SECONDS", 0.5)
        service.script["GET /ready"] = act
        assert explain(client) == "none was complete within 0.5 s"
    assert service.requests.count("GET /ready") == 1


def test_goes_on_after_a_request_without_an_answer(
    service: ScriptedService, client: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "REQUEST_TIMEOUT_SECONDS", 0.5)
    service.script["GET /ready"] = say_nothing
    explain(client)
    monkeypatch.undo()
    assert client.get("/model").status == 200


def test_reads_no_more_than_the_limit_and_goes_on(
    service: ScriptedService, client: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MAX_ANSWER_BYTES", 10)
    service.script["GET /ready"] = answer(200, b"." * 1_000_000)
    service.script["GET /model"] = answer(200, b"." * 10)
    assert explain(client) == "the answer is longer than 10 bytes"
    assert client.get("/model").body == b"." * 10


def test_refuses_an_answer_that_is_one_byte_too_long(
    service: ScriptedService, client: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MAX_ANSWER_BYTES", 10)
    service.script["GET /ready"] = answer(200, b"." * 11)
    assert explain(client) == "the answer is longer than 10 bytes"


def test_sends_nothing_once_the_time_for_all_requests_is_over(service: ScriptedService) -> None:
    with closing(ServiceClient(ServiceAddress.parse(f"http://{service.address}"), limit_seconds=-1)) as client:
        assert explain(client) == "the requests before have taken more than -1 s together"
    assert service.requests == []
