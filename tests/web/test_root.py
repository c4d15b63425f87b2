from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.metric_samples import read_samples

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize("accept", [FIREFOX, CHROME, "text/html", "application/json;q=0.5,text/html"])
def test_a_browser_is_sent_to_the_documentation(client: FlaskClient, accept: str) -> None:
    answer = client.get("/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Location"], answer.headers["Vary"]) == (302, "docs", "Accept")


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/html;q=0.5,*/*", "text/html;q=0", "x"])
def test_a_program_gets_links_that_lead_somewhere(client: FlaskClient, accept: str | None) -> None:
    answer = client.get("/", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers["Vary"]) == (200, "Accept") and answer.json is not None
    for name, link in answer.json.items():
        assert not link.startswith("/")
        assert client.get(f"/{link}").status_code == (405 if name.startswith("predict") else 200), name


def test_the_way_stays_below_a_prefix_that_a_proxy_takes_off(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept": FIREFOX}, environ_overrides={"SCRIPT_NAME": "/models/cancer"})
    assert answer.headers["Location"] == "docs"


def test_needs_no_model(unloaded_app: Flask) -> None:
    assert unloaded_app.test_client().get("/").status_code == 200


def test_is_counted_once_it_has_been_asked(client: FlaskClient) -> None:
    assert 'route="/"' not in client.get("/metrics").text
    client.get("/")
    assert read_samples(client.get("/metrics").text, "http_requests_total")[("GET", "/", "200")] == 1
