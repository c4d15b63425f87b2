from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from release import differences
from tests.release.documents import JSON, Node, build_document, get_predict

NUMBER = {"type": "number"}
TEXT = {"type": "string"}


def list_differences(old: Node, new: Node) -> list[str]:
    """Return the sentences of all differences, which must leave both documents as they are."""
    before = copy.deepcopy((old, new))
    found = [str(each) for each in differences.list_differences(old, new)]
    assert (old, new) == before
    return found


def list_uses(old: Node, new: Node) -> list[str]:
    """Return the ways to all differences, from the operation on."""
    return [each.use.removeprefix("/paths/~1predict/post/") for each in differences.list_differences(old, new)]


def build_pair(old: Any, new: Any, **components: Any) -> tuple[Node, Node]:
    """Return two documents whose request has one schema, and another."""
    documents = build_document(), build_document()
    for document, schema in zip(documents, (old, new), strict=True):
        document["components"]["schemas"].update(copy.deepcopy(components), Request=schema)
    return documents


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (1, 2, " was 1, and is 2"),
        (1, True, " was 1, and is true"),
        ("a", None, ' was "a", and is null'),
        (["a", "b"], ["b"], ' was ["a", "b"], and is ["b"]'),
        ([{"a": 1}], [{"a": 2}, {}], "/0/a was 1, and is 2"),
        ([], {}, " was [], and is {}"),
        ([{}], {"0": {}}, ' was [{}], and is {"0": {}}'),
        ({"a/b": {"~": 1}}, {"a/b": {}}, "/a~1b/~0 was 1, and is gone"),
        ("ä" * 90, "", f' was "{"ä" * 76}..., and is ""'),
    ],
)
def test_says_what_was_and_what_is(old: Any, new: Any, sentence: str) -> None:
    assert list_differences(*build_pair({"x": old}, {"x": new}))[0] == f"/components/schemas/Request/x{sentence}"


def test_sees_none_where_there_is_none() -> None:
    assert list_differences(build_document(), build_document()) == []


def test_follows_references_and_reads_what_stands_beside_them() -> None:
    reference = {"$ref": "#/components/schemas/Part"}
    old, new = build_pair({**reference, "minimum": 1}, {**reference, "minimum": 2}, Part=NUMBER)
    new["components"]["schemas"]["Part"] = TEXT
    assert list_differences(old, new) == [
        '/components/schemas/Part/type was "number", and is "string"',
        "/components/schemas/Request/minimum was 1, and is 2",
    ]


def test_follows_a_reference_of_a_path() -> None:
    old, new = build_document(), build_document()
    for document in (old, new):
        document["paths"]["/state"] = {"$ref": "#/paths/~1health", "post": {}}
    del new["paths"]["/health"]["get"], new["paths"]["/state"]["post"]
    places = {each.partition(" was ")[0] for each in list_differences(old, new)}
    assert places == {"/paths/~1health/get", "/paths/~1state/post"}


def test_follows_a_component_that_contains_itself() -> None:
    node = {"properties": {"next": {"$ref": "#/components/schemas/Request"}}}
    old, new = build_pair(node, {**node, "type": "string"})
    assert set(list_differences(old, new)) == {'/components/schemas/Request/type is new: "string"'}


def test_follows_what_contains_itself_into_where_it_must_not_fit() -> None:
    request = {"maximum": 1, "not": {"$ref": "#/components/schemas/Request"}}
    old, new = build_pair(request, {**request, "maximum": 2})
    assert [each.rpartition("schema")[2] for each in list_uses(old, new)] == ["/maximum", "/not/maximum"]


def test_compares_two_components_that_stand_in_the_same_place() -> None:
    old, new = build_pair({"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}, A=NUMBER, B=NUMBER)
    new["components"]["schemas"]["A"] = TEXT
    assert list_differences(old, new) == [
        '/components/schemas/Request/$ref was "#/components/schemas/A", and is "#/components/schemas/B"',
        '/components/schemas/A/type was "number", and is "string"',
    ]


@pytest.mark.parametrize(
    ("request_schema", "answer_schema"),
    [
        ({"properties": {"x": {"maximum": 1}}}, {"$ref": "#/components/schemas/Request/properties/x"}),
        ({"$ref": "#/components/schemas/Prediction/properties/x"}, {"properties": {"x": {"maximum": 1}}}),
        ({"$ref": "#/components/schemas/Part"}, {"$ref": "#/components/schemas/Part"}),
    ],
)
def test_compares_a_component_and_its_parts_for_all_who_use_it(request_schema: Node, answer_schema: Node) -> None:
    old, _ = build_pair(request_schema, {}, Prediction=answer_schema, Part={"maximum": 1})
    new = json.loads(json.dumps(old).replace('"maximum": 1', '"maximum": 2'))
    assert {"requestBody", "responses"} <= {each.partition("/")[0] for each in list_uses(old, new)}


def test_compares_a_component_for_all_that_it_is_used_for() -> None:
    part = {"$ref": "#/components/schemas/Part"}
    old, new = build_pair({"allOf": [part], "not": part}, {"allOf": [part], "not": part}, Part={"maximum": 1})
    new["components"]["schemas"]["Part"]["maximum"] = 2
    schema = f"requestBody/content/{JSON.replace('/', '~1')}/schema"
    assert list_uses(old, new) == [f"{schema}/allOf/0/maximum", f"{schema}/not/maximum"]


@pytest.mark.parametrize("kind", ["schemas", "responses", "securitySchemes", "parameters"])
@pytest.mark.parametrize("after", [{"Alone": {"type": "b"}}, {}])
def test_compares_components_that_nothing_refers_to(kind: str, after: Node) -> None:
    old, new = build_document(), build_document()
    old["components"].setdefault(kind, {}).update(Alone={"type": "a"})
    new["components"].setdefault(kind, {}).update(after)
    assert len(list_differences(old, new)) == 1


def test_knows_parameters_by_their_names() -> None:
    old, new = build_document(), build_document()
    get_predict(new)["parameters"].reverse()
    get_predict(new)["parameters"][0]["required"] = True
    assert list_differences(old, new) == ["/paths/~1predict/post/parameters/query download/required is new: true"]


def test_a_header_of_another_case_is_the_same_parameter() -> None:
    old, new = build_document(), build_document()
    get_predict(new)["parameters"][0]["name"] = "X-REQUEST-ID"
    (said,) = list_differences(old, new)
    assert said.startswith("/paths/~1predict/post/parameters/header x-request-id/name was ")


@pytest.mark.parametrize("name", ["X-Request-ID", "x-request-id"])
def test_refuses_parameters_that_cannot_be_told_apart(name: str) -> None:
    old, new = build_document(), build_document()
    get_predict(new)["parameters"].append({"name": name, "in": "header"})
    with pytest.raises(LookupError, match="^it has parameters that cannot be told apart, beside header x-request-id, "):
        list_differences(old, new)


def test_knows_parameters_that_stand_in_components_by_their_positions() -> None:
    old, new = build_document(), build_document()
    for document, schema in ((old, NUMBER), (new, TEXT)):
        parameters = {name: {"name": name, "in": "query", "schema": schema} for name in ("a", "b")}
        document["components"]["parameters"] = parameters
        get_predict(document)["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in parameters]
    del get_predict(new)["parameters"][1]
    places = [each.partition(" was ")[0] for each in list_differences(old, new)]
    assert places == [
        "/components/parameters/a/schema/type",
        "/paths/~1predict/post/parameters/1",
        "/components/parameters/b/schema/type",
    ]


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("#/components/schemas/Lost", "leads nowhere"),
        ("#/info/title/Lost", "leads nowhere"),
        ("other.json#/x", "leads nowhere"),
    ],
)
def test_refuses_a_reference_that_cannot_be_followed(reference: str, reason: str) -> None:
    document = build_document()
    get_predict(document)["requestBody"]["content"][JSON]["schema"]["$ref"] = reference
    with pytest.raises(LookupError, match=f"^the reference '{reference}' {reason}$"):
        list_differences(document, document)
