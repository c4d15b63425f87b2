from __future__ import annotations

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


def test_pages_work_below_a_prefix_that_a_proxy_takes_off(client: FlaskClient) -> None:
    page = client.get("/docs", environ_overrides={"SCRIPT_NAME": "/models/cancer"}).text
    assert 'data-document="/models/cancer/openapi.json"' in page
