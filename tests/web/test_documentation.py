from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

import pytest
import yaml
from flask.testing import FlaskClient

from app.openapi.assets import ASSETS


def test_both_forms_say_the_same(client: FlaskClient) -> None:
    assert yaml.safe_load(client.get("/openapi.yaml").data) == client.get("/openapi.json").json


@pytest.mark.parametrize("path", ["/openapi.json", "/openapi.yaml"])
def test_download_names_the_file(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}?download=1")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{path[1:]}"'
    assert "Content-Disposition" not in client.get(path).headers


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_page_may_load_from_the_service_alone(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.content_type == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "://" not in answer.text


@pytest.mark.parametrize("name", ASSETS)
def test_an_asset_is_served_with_its_type(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/docs/assets/{name}")
    assert answer.content_type == ASSETS[name].content_type
    assert answer.data == ASSETS[name].read_bytes() != b""


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/redoc", "/redoc/"])
def test_all_that_a_page_loads_is_found_below_a_prefix_that_a_proxy_takes_off(client: FlaskClient, path: str) -> None:
    links = re.findall(r'(?:href|src|data-document)="([^"]+)"', client.get(path).text)
    found = [urljoin(f"http://proxy/models/cancer{path}", link) for link in links]
    assert len(found) >= 3
    for url in found:
        assert url.startswith("http://proxy/models/cancer/")
        assert client.get(url.removeprefix("http://proxy/models/cancer")).status_code == 200


@pytest.mark.parametrize("prefix", ["", "/ml", "/models/cancer"])
@pytest.mark.parametrize("path", ["/openapi.json", "/openapi.json/", "/openapi.yaml", "/openapi.yaml/?download=1"])
def test_the_document_names_the_service_that_it_was_fetched_from(client: FlaskClient, path: str, prefix: str) -> None:
    (server,) = yaml.safe_load(client.get(path).data)["servers"]
    assert urljoin(f"http://proxy{prefix}{path}", server["url"]) == f"http://proxy{prefix}/"


def test_the_document_is_the_same_whatever_stands_at_the_end_of_its_path(client: FlaskClient) -> None:
    documents: list[Any] = [client.get(path).json for path in ("/openapi.json", "/openapi.json/")]
    assert [document.pop("servers") for document in documents] == [[{"url": "."}], [{"url": ".."}]]
    assert documents[0] == documents[1]
