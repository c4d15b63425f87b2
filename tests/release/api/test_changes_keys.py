from __future__ import annotations

from typing import Any

import pytest

from tests.release.api.documents import list_answer_changes, list_request_changes

NUMBER = {"type": "number"}
TEXT = {"type": "string"}

A: dict[str, Any] = {"properties": {"a": NUMBER}}
CLOSED = {**A, "additionalProperties": False}
NUMBERS = {"additionalProperties": NUMBER}
TEXTS = {"additionalProperties": TEXT}

# What was, what is, and what is said of it in a request, where the object is `x`.
REQUESTS: list[tuple[Any, Any, str]] = [
    (A, {**A, "required": ["a"]}, "the request now requires 'x.a'"),
    (A, {"properties": {**A["properties"], "b": TEXT}, "required": ["b"]}, "the request now requires 'x.b'"),
    (CLOSED, {"properties": {}, "additionalProperties": False}, "the request no longer takes 'x.a'"),
    (CLOSED, {"properties": {}, **TEXTS}, 'the type of \'x.a\' of the request is "string", and was "number"'),
    (A, {"properties": {"a": TEXT}}, 'the type of \'x.a\' of the request is "string", and was "number"'),
    (
        NUMBERS,
        {**NUMBERS, "properties": {"a": TEXT}},
        'the type of \'x.a\' of the request is "string", and was "number"',
    ),
    (A, CLOSED, "'x' of the request no longer takes keys that are not named"),
    (NUMBERS, {"additionalProperties": False}, "'x' of the request no longer takes keys that are not named"),
    ({}, NUMBERS, "the type of 'x.*' of the request is \"number\", and was not set"),
    (NUMBERS, TEXTS, 'the type of \'x.*\' of the request is "string", and was "number"'),
]
# The same for an answer.
ANSWERS: list[tuple[Any, Any, str]] = [
    (A, {}, "the answer 200 no longer has 'x.a'"),
    ({**A, "required": ["a"]}, {"properties": {}, **TEXTS}, "the answer 200 no longer has 'x.a'"),
    ({**A, "required": ["a"]}, A, "'x.a' of the answer 200 may now be missing"),
    ({"required": ["a"]}, {}, "'x.a' of the answer 200 may now be missing"),
    (A, {"properties": {"a": TEXT}}, 'the type of \'x.a\' of the answer 200 is "string", and was "number"'),
    (
        NUMBERS,
        {**NUMBERS, "properties": {"a": TEXT}},
        'the type of \'x.a\' of the answer 200 is "string", and was "number"',
    ),
    (NUMBERS, TEXTS, 'the type of \'x.*\' of the answer 200 is "string", and was "number"'),
    (NUMBERS, {}, "the type of 'x.*' of the answer 200 is not set, and was \"number\""),
    (NUMBERS, {"additionalProperties": False}, "'x' of the answer 200 no longer has keys that are not named"),
    (
        {"additionalProperties": {}},
        {"additionalProperties": False},
        "'x' of the answer 200 no longer has keys that are not named",
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence"), REQUESTS)
def test_reports_keys_that_a_request_needs_or_may_not_have(old: Any, new: Any, sentence: str) -> None:
    assert list_request_changes(old, new) == [f"POST /predict: {sentence}."]


@pytest.mark.parametrize(("old", "new", "sentence"), ANSWERS)
def test_reports_keys_that_an_answer_lacks(old: Any, new: Any, sentence: str) -> None:
    assert list_answer_changes(old, new) == [f"POST /predict: {sentence}."]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (A, {"properties": {**A["properties"], "b": TEXT}}),
        (CLOSED, {"properties": {**A["properties"], "b": TEXT}, "additionalProperties": False}),
        ({**A, "required": ["a"]}, A),
        ({**A, "required": ["a"]}, {}),
        ({**CLOSED, "properties": {"a": {"type": "integer"}}}, NUMBERS),
        (CLOSED, A),
        (CLOSED, {**A, **TEXTS}),
        (NUMBERS, {}),
        (NUMBERS, {"additionalProperties": True}),
        ({"additionalProperties": True}, {"additionalProperties": {}}),
    ],
)
def test_a_request_may_have_more_keys_and_need_fewer(old: Any, new: Any) -> None:
    assert list_request_changes(old, new) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (A, {"properties": {**A["properties"], "b": TEXT}, "required": ["b"]}),
        (CLOSED, {"properties": {**A["properties"], "b": TEXT}, "additionalProperties": False}),
        (A, {**A, "required": ["a"]}),
        (CLOSED, A),
        (CLOSED, {**A, **TEXTS}),
        (A, CLOSED),
        ({}, NUMBERS),
        (NUMBERS, {**NUMBERS, "properties": {"a": {"type": "integer"}}}),
    ],
)
def test_an_answer_may_have_more_keys_and_promise_more(old: Any, new: Any) -> None:
    assert list_answer_changes(old, new) == []
