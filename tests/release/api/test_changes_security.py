from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.release.api.documents import Node, get_predict, list_changes_by

BY_KEY: list[Any] = [{"key": []}]
SCHEME = {"type": "apiKey", "in": "header", "name": "X-Key"}


def test_reports_an_operation_that_asks_for_credentials() -> None:
    changes = list_changes_by(lambda it: get_predict(it).update(security=BY_KEY))
    assert changes == ["POST /predict: to call it without credentials is no longer enough."]


def test_reports_a_document_that_asks_for_credentials() -> None:
    changes = list_changes_by(lambda it: it.update(security=BY_KEY))
    assert changes == ["POST /predict, GET /health: to call it without credentials is no longer enough."]


def test_credentials_may_be_taken_that_nobody_needs() -> None:
    def change(document: Node) -> None:
        document.update(security=[{}, *BY_KEY])
        document["components"]["securitySchemes"] = {"key": SCHEME}

    assert list_changes_by(change) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ([{"key": []}], [{"oauth": ["read"]}], "with 'key'"),
        ([{"oauth": ["read"]}], [{"oauth": ["read", "write"]}], "with 'oauth' (read)"),
        ([{"key": []}], [{"key": [], "oauth": []}], "with 'key'"),
        ([{"key": []}, {"oauth": []}], [{"oauth": []}], "with 'key'"),
        ([{}, {"key": []}], [{"key": []}], "without credentials"),
    ],
)
def test_reports_credentials_that_are_no_longer_enough(old: list[Any], new: list[Any], told: str) -> None:
    changes = list_changes_by(
        lambda it: get_predict(it).update(security=new), lambda it: get_predict(it).update(security=old)
    )
    assert changes == [f"POST /predict: to call it {told} is no longer enough."]


@pytest.mark.parametrize("new", [[], [{}], [{"key": []}, {"oauth": []}], [{"key": ["a"]}]])
def test_credentials_may_be_asked_for_less(new: list[Any]) -> None:
    changes = list_changes_by(
        lambda it: get_predict(it).update(security=new),
        lambda it: get_predict(it).update(security=[{"key": ["a", "b"]}]),
    )
    assert changes == []


@pytest.mark.parametrize("change", [lambda it: it["key"].update(name="X-Other"), lambda it: it.clear()])
def test_reports_a_security_scheme_that_has_changed(change: Callable[[Node], Any]) -> None:
    changes = list_changes_by(
        lambda it: change(it["components"]["securitySchemes"]),
        lambda it: it["components"].update(securitySchemes={"key": dict(SCHEME)}),
    )
    assert changes == ["components: the security scheme 'key' differs, and cannot be compared."]
