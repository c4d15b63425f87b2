"""Old clients, each the real program, ask the real server and understand what it answers."""

from __future__ import annotations

import pytest

from tests.clients.catalog import CLIENTS, PHP_KEEP_ALIVE
from tests.clients.client import Client
from tests.clients.conftest import Ask

ALL = pytest.mark.parametrize("client", CLIENTS, ids=str)
READING_ERRORS = pytest.mark.parametrize("client", [client for client in CLIENTS if client.reads_errors], ids=str)
TOO_LONG = b" " * (3 * 1024 * 1024)

# A path, a body and its Content-Type, and what is answered to them: the status and the detail.
REFUSED = [
    ("/predict", b'{"features": [17.99, "10.38"]}', "application/json", 422, "2 values are invalid."),
    ("/predict", b'{"features": []}', "text/plain", 415, "The Content-Type must be application/json."),
    (
        "/predict",
        TOO_LONG,
        "application/json",
        413,
        "The body is longer than 2097152 bytes; send fewer instances at a time.",
    ),
    ("/nothing", b"{}", "application/json", 404, "There is nothing at this path; /docs shows what there is."),
]
EACH_REFUSED = pytest.mark.parametrize(
    ("path", "body", "content_type", "status", "detail"), REFUSED, ids=[str(refused[3]) for refused in REFUSED]
)


@ALL
def test_reads_how_the_service_is(ask: Ask, client: Client) -> None:
    (answer,) = ask(client, "GET", "/health")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert (answer.json["status"], answer.json["model_version"]) == ("ok", "example")


@ALL
@pytest.mark.parametrize("features", ["by_position", "by_name"])
@pytest.mark.parametrize("path", ["/predict", "/predict/"])
def test_has_a_prediction(ask: Ask, client: Client, features: str, path: str, request: pytest.FixtureRequest) -> None:
    (answer,) = ask(client, "POST", path, request.getfixturevalue(features))
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert (answer.json["label"], answer.json["class"]) == (0, "malignant")


@READING_ERRORS
@EACH_REFUSED
def test_reads_what_is_wrong(
    ask: Ask, client: Client, path: str, body: bytes, content_type: str, status: int, detail: str
) -> None:
    (answer,) = ask(client, "POST", path, body, content_type)
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert (answer.json["status"], answer.json["detail"]) == (status, detail)


@pytest.mark.parametrize("client", [client for client in CLIENTS if not client.reads_errors], ids=str)
@EACH_REFUSED
def test_learns_that_something_is_wrong(
    ask: Ask, client: Client, path: str, body: bytes, content_type: str, status: int, detail: str
) -> None:
    (answer,) = ask(client, "POST", path, body, content_type)
    assert answer.status == status


def test_ends_although_it_asks_for_a_connection_that_goes_on_and_reads_to_its_end(ask: Ask, by_position: bytes) -> None:
    (answer,) = ask(PHP_KEEP_ALIVE, "POST", "/predict", by_position)
    assert (answer.status, answer.json["label"]) == (200, 0)
