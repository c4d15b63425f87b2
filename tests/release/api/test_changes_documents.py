from __future__ import annotations

import json
from typing import Any

import pytest

from release.api.document import ApiDocument, DocumentInvalid
from tests.release.api.documents import Node, build_document, list_changes
from tests.support.running_server import ROOT

TEXT = (ROOT / "openapi.json").read_text()


def read_document(old: str = "", new: str = "") -> Node:
    """Return the committed document, with one text replaced by another."""
    document: Node = json.loads(TEXT.replace(old, new) if old else TEXT)
    return document


def get_schemas(document: Node) -> Node:
    schemas: Node = document["components"]["schemas"]
    return schemas


def test_the_committed_document_breaks_nothing_of_itself() -> None:
    assert list_changes(read_document(), read_document()) == []


def test_a_model_of_another_feature_breaks_callers() -> None:
    changes = list_changes(read_document(), read_document("mean radius", "mean size"))
    assert changes[:3] == [
        "POST /predict: the description of 'features (By position)' of the request has changed, "
        "which alone says what each position means.",
        "POST /predict: the request now requires 'features (By name).mean size'.",
        "POST /predict: the request no longer takes 'features (By name).mean radius'.",
    ]


def test_a_model_of_features_in_another_order_breaks_callers() -> None:
    changes = list_changes(read_document(), read_document("mean radius, mean texture", "mean texture, mean radius"))
    assert changes == [
        f"POST {path}: the description of '{place} (By position)' of the request has changed, "
        "which alone says what each position means."
        for path, place in (("/predict", "features"), ("/predict/batch", "instances[]"))
    ]


def test_a_model_of_another_class_breaks_callers() -> None:
    document = read_document()
    get_schemas(document)["Prediction"]["properties"]["label"]["maximum"] = 2
    assert list_changes(read_document(), document) == [
        "POST /predict: the maximum of 'label' of the answer 200 is 2, and was 1.",
        "POST /predict/batch: the maximum of 'predictions[].label' of the answer 200 is 2, and was 1.",
    ]


def test_larger_batches_break_nobody() -> None:
    assert list_changes(read_document(), read_document(": 512", ": 1024")) == []


def test_smaller_batches_break_callers() -> None:
    assert list_changes(read_document(), read_document(": 512", ": 256")) == [
        "POST /predict/batch: the maxItems of 'instances' of the request is 256, and was 512."
    ]


def test_follows_the_reference_of_a_path_and_reads_what_stands_beside_it() -> None:
    old, new = build_document(), build_document()
    old["paths"]["/predict"]["$ref"] = "#/paths/~1health"
    new["paths"]["/predict"] = {"$ref": "#/paths/~1health"}
    assert list_changes(old, new) == ["POST /predict: no longer there."]


def test_follows_a_reference_into_a_path() -> None:
    old, new = build_document(), build_document()
    old["paths"]["/state"] = new["paths"]["/state"] = {"$ref": "#/paths/~1health"}
    del new["paths"]["/health"]["get"]
    assert list_changes(old, new) == ["GET /health, GET /state: no longer there."]


@pytest.mark.parametrize("content", [None, [], {}, {"paths": []}])
def test_refuses_what_is_no_document(content: Any) -> None:
    with pytest.raises(DocumentInvalid, match="^it is no object with 'paths'$"):
        ApiDocument(content)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("#/components/schemas/Lost", "leads nowhere"),
        ("#/info/title/Lost", "leads nowhere"),
        (7, "leads nowhere"),
        ("other.json#/x", "leads out of it"),
        ("#/components/schemas/Request", "leads back to itself"),
    ],
)
def test_refuses_a_reference_that_cannot_be_followed(reference: Any, reason: str) -> None:
    document = build_document()
    document["components"]["schemas"]["Request"] = {"$ref": reference}
    with pytest.raises(DocumentInvalid, match=f"^the reference '{reference}' {reason}$"):
        list_changes(document, document)
