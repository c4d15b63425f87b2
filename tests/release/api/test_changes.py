from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.release.api.documents import JSON, Node, get_predict, list_changes_by

Change = Callable[[Node], Any]


def get_answer(document: Node) -> Node:
    answer: Node = get_predict(document)["responses"]["200"]
    return answer


def add_parameter(document: Node, **parameter: Any) -> None:
    get_predict(document)["parameters"].append({"name": "unit", "in": "query", **parameter})


def change_parameter(document: Node, **changes: Any) -> None:
    get_predict(document)["parameters"][1].update(changes)


def change_header(document: Node, **changes: Any) -> None:
    get_answer(document)["headers"]["X-Model-Version"].update(changes)


BREAKING: list[tuple[Change, str]] = [
    (lambda it: it["paths"].pop("/predict"), "POST /predict: no longer there."),
    (lambda it: it["paths"]["/health"].pop("get"), "GET /health: no longer there."),
    (
        lambda it: get_predict(it).update(operationId="infer"),
        'POST /predict: the operationId is "infer", and was "predict": generated clients name a function after it.',
    ),
    (
        lambda it: get_predict(it).pop("operationId"),
        'POST /predict: the operationId is not set, and was "predict": generated clients name a function after it.',
    ),
    (
        lambda it: add_parameter(it, required=True),
        "POST /predict: it now requires the query parameter 'unit'.",
    ),
    (
        lambda it: it["paths"]["/predict"].update(parameters=[{"name": "t", "in": "cookie", "required": True}]),
        "POST /predict: it now requires the cookie parameter 't'.",
    ),
    (
        lambda it: change_parameter(it, required=True),
        "POST /predict: it now requires the query parameter 'download'.",
    ),
    (
        lambda it: get_predict(it)["parameters"].pop(),
        "POST /predict: it no longer takes the query parameter 'download'.",
    ),
    (
        lambda it: change_parameter(it, schema={"type": "integer"}),
        'POST /predict: the type of the query parameter \'download\' is "integer", and was "string".',
    ),
    (
        lambda it: change_parameter(it, style="spaceDelimited"),
        "POST /predict: the query parameter 'download' differs in 'style', which cannot be compared.",
    ),
    (lambda it: get_predict(it).pop("requestBody"), "POST /predict: it no longer takes a request body."),
    (
        lambda it: it["paths"]["/health"]["get"].update(requestBody={"required": True, "content": {}}),
        "GET /health: it now requires a request body.",
    ),
    (
        lambda it: get_predict(it)["requestBody"].update(content={"text/csv": {}}),
        "POST /predict: the request may no longer be 'application/json'.",
    ),
    (
        lambda it: get_predict(it)["requestBody"]["content"][JSON].update(encoding={"x": {}}),
        "POST /predict: the request differs in 'encoding', which cannot be compared.",
    ),
    (lambda it: get_predict(it)["responses"].pop("200"), "POST /predict: it no longer answers 200."),
    (
        lambda it: get_predict(it)["responses"].update({"202": {"description": "Later."}}),
        "POST /predict: it may now answer 202.",
    ),
    (
        lambda it: get_answer(it).update(content={"text/csv": {}, "*/*": {}}),
        "POST /predict: the answer 200 no longer comes as 'application/json'.",
    ),
    (
        lambda it: get_answer(it)["headers"].pop("X-Model-Version"),
        "POST /predict: the answer 200 no longer has the header 'X-Model-Version'.",
    ),
    (
        lambda it: change_header(it, schema={"type": ["string", "null"]}),
        "POST /predict: the header 'X-Model-Version' of the answer 200 may now be null.",
    ),
    (
        lambda it: get_answer(it).update(links={"next": {}}),
        "POST /predict: the answer 200 differs in 'links', which cannot be compared.",
    ),
    (
        lambda it: get_predict(it).update(callbacks={"done": {}}),
        "POST /predict: the operation differs in 'callbacks', which cannot be compared.",
    ),
    (
        lambda it: it["components"]["responses"]["Problem503"]["headers"].clear(),
        "POST /predict, GET /health: the answer 503 no longer has the header 'Retry-After'.",
    ),
    (
        lambda it: it.update(servers=[{"url": "/v1"}]),
        "servers: / is no longer there: generated clients begin every address with it.",
    ),
    (lambda it: it.update(webhooks={"done": {}}), "webhooks: they differ, and cannot be compared."),
]

UNBREAKING: list[Change] = [
    lambda it: it["paths"].update({"/new": {"get": {"responses": {}}}}),
    lambda it: it["paths"]["/health"].update(post={"responses": {}}),
    lambda it: it["paths"]["/health"]["get"].update(operationId="health"),
    lambda it: get_predict(it).update(summary="Other", description="Other", tags=["other"], deprecated=True),
    lambda it: it.update(servers=[{"url": "/v1"}, {"url": "/"}], tags=[]),
    lambda it: it.update(servers=[{"url": "/", "description": "Here"}]),
    lambda it: add_parameter(it),
    lambda it: change_parameter(it, description="Other", example="1", schema={}),
    lambda it: get_predict(it)["parameters"][0].update(name="x-request-id"),
    lambda it: get_predict(it)["requestBody"].update(required=False, description="Other"),
    lambda it: get_predict(it)["requestBody"]["content"].update({"text/csv": {}}),
    lambda it: it["paths"]["/health"]["get"].update(requestBody={"content": {}}),
    lambda it: get_predict(it)["responses"].pop("503"),
    lambda it: get_predict(it)["responses"].update({"429": {"description": "Too many."}}),
    lambda it: get_answer(it)["content"].update({"text/csv": {}}),
    lambda it: get_answer(it)["headers"].update(Age={"schema": {}}),
    lambda it: get_answer(it).update(headers={"x-model-version": {"required": True, "schema": {"type": "string"}}}),
    lambda it: it["components"]["schemas"].update(New={"type": "string"}),
]


@pytest.mark.parametrize(("change", "sentence"), BREAKING, ids=[sentence for _, sentence in BREAKING])
def test_reports_what_breaks_callers(change: Change, sentence: str) -> None:
    assert list_changes_by(change) == [sentence]


@pytest.mark.parametrize("change", UNBREAKING)
def test_says_nothing_of_what_callers_need_not_know(change: Change) -> None:
    assert list_changes_by(change) == []


def test_a_range_of_media_types_takes_what_it_contains() -> None:
    def widen(document: Node) -> None:
        body = get_predict(document)["requestBody"]
        body["content"] = {"application/*": body["content"][JSON]}

    assert list_changes_by(widen) == []


def test_names_the_media_type_where_there_are_several() -> None:
    changes = list_changes_by(
        lambda it: get_answer(it)["content"]["text/csv"].update(schema={"type": "integer"}),
        lambda it: get_answer(it)["content"].update({"text/csv": {"schema": {"type": "string"}}}),
    )
    assert changes == ['POST /predict: the type of the answer 200 as \'text/csv\' is "integer", and was "string".']


def test_a_header_that_was_always_there_may_not_become_optional() -> None:
    changes = list_changes_by(lambda it: change_header(it, required=False), lambda it: change_header(it, required=True))
    assert changes == ["POST /predict: the header 'X-Model-Version' of the answer 200 may now be missing."]


def test_an_answer_by_default_counts_as_a_success() -> None:
    changes = list_changes_by(
        lambda it: get_predict(it)["responses"].pop("default"),
        lambda it: get_predict(it)["responses"].update(default={"description": "Any."}),
    )
    assert changes == ["POST /predict: it no longer answers default."]
