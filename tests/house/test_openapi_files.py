"""The committed OpenAPI documents are what the code says: a change of the interface is seen in a commit."""

from __future__ import annotations

from tools.openapi_files import list_outdated


def test_the_committed_documents_are_those_of_the_code() -> None:
    assert list_outdated() == [], "renew them: make openapi"
