"""What may change in the document that is committed here: tried place by place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from release.differences import list_breaking
from tests.release.documents import Node
from tests.support.depth import IS_LONG
from tests.support.running_server import ROOT

TEXT = (ROOT / "openapi.json").read_text()
WORDS = {"summary", "description", "example", "examples", "tags", "info"}
FORMS = (
    "/components/schemas/PredictRequest/properties/features/oneOf",
    "/components/schemas/BatchRequest/properties/instances/items/oneOf",
)
DIGITS = [f"paths//{path}/post/parameters/1/schema" for path in ("predict", "predict/batch")]
INSTANCES = "components/schemas/BatchRequest/properties/instances"
REMOVED = object()
# Of their kind as well: said once, each place is compared in a third of the time.
REPEATED_PATHS = (
    "/metrics", "/openapi.json", "/openapi.yaml", "/docs", "/redoc", "/health", "/ready", "/model"
)  # fmt: skip
REPEATED_SCHEMAS = ("Health", "Ready", "Model", "FileDigest", "VersionMismatch")


def read_document(old: str = "", new: str = "") -> Node:
    """Return the committed document, with one text replaced by another."""
    document: Node = json.loads(TEXT.replace(old, new) if old else TEXT)
    return document


def list_pointers(old: str, new: str) -> list[str]:
    """Return what breaks callers where one text in the document is replaced by another."""
    return [each.pointer for each in list_breaking(read_document(), read_document(old, new))]


def test_breaks_nothing_of_itself() -> None:
    assert list_breaking(read_document(), read_document()) == []


def test_larger_batches_break_those_alone_who_read_them() -> None:
    assert list_pointers(": 512", ": 1024") == [
        "/components/schemas/BatchPrediction/properties/predictions/maxItems",
        "/components/schemas/BatchPrediction/properties/n_instances/maximum",
    ]


def test_smaller_batches_break_callers() -> None:
    assert list_pointers(": 512", ": 256") == ["/components/schemas/BatchRequest/properties/instances/maxItems"]


def test_a_model_of_another_feature_breaks_callers() -> None:
    places = ("0/description", "1/properties/mean radius", "1/properties/mean size", "1/required")
    found = set(list_pointers("mean radius", "mean size"))
    assert found == {f"{form}/{place}" for form in FORMS for place in places}


def test_a_model_of_features_in_another_order_breaks_callers() -> None:
    found = list_pointers("mean radius, mean texture", "mean texture, mean radius")
    assert found == [f"{form}/0/description" for form in FORMS]


def test_a_model_of_another_class_breaks_callers() -> None:
    document = read_document()
    label = document["components"]["schemas"]["Prediction"]["properties"]["label"]
    label["maximum"] += 1
    found = [each.pointer for each in list_breaking(read_document(), document)]
    assert found == ["/components/schemas/Prediction/properties/label/maximum"]


def build_small() -> Node:
    """Return the document of a model with two features: thirty say no more, and take long."""
    small = read_document()
    for node in (small["components"]["schemas"][name] for name in ("PredictRequest", "BatchRequest")):
        (key,) = node["properties"].values()
        form = (key.get("oneOf") or key["items"]["oneOf"])[1]
        form.update(properties=dict(list(form["properties"].items())[:2]), required=form["required"][:2])
    if not IS_LONG:
        for path in REPEATED_PATHS:
            del small["paths"][path]
        for name in REPEATED_SCHEMAS:
            del small["components"]["schemas"][name]
    return small


def list_places(node: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the place of each member that no words are under, with its key and what it is a member of."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(members):
        if key not in WORDS or path.endswith("properties"):
            yield f"{path}/{key}".lstrip("/"), key, node
            yield from list_places(value, f"{path}/{key}")


def list_let_pass(change: Callable[[Any], Any]) -> set[str]:
    """Return the places of the document where a change of what stands there is let pass."""
    old, new = build_small(), build_small()
    let_pass = set()
    for place, key, node in list_places(new):
        before = copy.copy(node)
        node[key] = change(node[key])
        if node[key] is REMOVED:
            del node[key]
        if node != before and not is_broken(old, new):
            let_pass.add(place)
        node.clear()
        node.update(before) if isinstance(node, dict) else node.extend(before)
    assert new == old
    return let_pass


def is_broken(old: Node, new: Node) -> bool:
    """Return whether `new` breaks `old`, or is no document any more."""
    try:
        return bool(list_breaking(old, new))
    except LookupError:
        return True


def test_lets_nothing_be_removed_but_what_binds_callers_and_a_type_of_an_answer() -> None:
    let_pass = list_let_pass(lambda value: REMOVED)
    assert {place for place in let_pass if "/type/" not in place} == {
        f"{INSTANCES}/maxItems",
        f"{INSTANCES}/minItems",
        *(f"{parameter}/{limit}" for parameter in DIGITS for limit in ("minimum", "maximum")),
        *(f"components/schemas/Prediction/properties/class/enum/{index}" for index in range(2)),
        "components/schemas/BatchRequest/required",
        "components/schemas/BatchRequest/required/0",
        "components/schemas/PredictRequest/required",
        "components/schemas/PredictRequest/required/0",
        "paths//predict/post/requestBody/required",
        "paths//predict/batch/post/requestBody/required",
        "paths//docs/assets/{name}/get/parameters/1/required",
    }


@pytest.mark.parametrize("other", ["something else", [], *([True] if IS_LONG else [])])
def test_lets_nothing_become_something_else(other: Any) -> None:
    no_demands = {f"components/schemas/{name}Request/required" for name in ("Predict", "Batch")}
    assert list_let_pass(lambda value: other) == (no_demands if other == [] else set())


@pytest.mark.parametrize(
    ("step", "taken", "asked", "answered"),
    [(1, "maxItems", "maximum", {"minimum", "minItems"}), (-1, "minItems", "minimum", {"maximum", "maxItems"})],
)
def test_lets_numbers_move_where_callers_may_send_more_or_get_less(
    step: int, taken: str, asked: str, answered: set[str]
) -> None:
    let_pass = list_let_pass(lambda value: value + step if type(value) in (int, float) else value)
    assert {place for place in let_pass if "Request/" in place} == {f"{INSTANCES}/{taken}"}
    parameters = {place for place in let_pass if "/parameters/" in place}
    assert parameters == {f"{parameter}/{asked}" for parameter in DIGITS}
    rest = {place for place in let_pass if "Request/" not in place} - parameters
    assert {place.rpartition("/")[2] for place in rest} == answered


def test_lets_names_be_added_and_no_keywords() -> None:
    let_pass = list_let_pass(lambda value: {**value, "x-new": {}} if isinstance(value, dict) else value)
    ends = {place.rpartition("/")[2] for place in let_pass}
    assert ends == {"paths", "schemas", "responses", "properties", "headers", "content"}
