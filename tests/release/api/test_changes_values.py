from __future__ import annotations

from typing import Any

import pytest

from tests.release.api.documents import expect, list_answer_changes, list_request_changes

TEXT = {"type": "string"}
COUNT = {"type": "integer"}
NUMBER = {"type": "number"}
TEXT_OR_NULL = {"type": ["string", "null"]}

CLASS_NAME = "generated clients name a class after it"
UNKNOWN_KEYWORDS = ("not", "x-unit", "nullable", "readOnly", "discriminator", "patternProperties")

# What was, what is, and what is said of it either way.
CHANGES_EITHER_WAY: list[tuple[Any, Any, str]] = [
    (TEXT, COUNT, 'the type of {} is "integer", and was "string"'),
    ({"pattern": "^a"}, {"pattern": "^b"}, 'the pattern of {} is "^b", and was "^a"'),
    ({"default": "ok"}, {"default": "up"}, 'the default of {} is "up", and was "ok"'),
    ({"default": "ok"}, {}, 'the default of {} is not set, and was "ok"'),
    (
        {"minItems": 2, "maxItems": 2, "description": "a, b"},
        {"minItems": 2, "maxItems": 2, "description": "b, a"},
        "the description of {} has changed, which alone says what each position means",
    ),
    ({"title": "A", "enum": [1]}, {"title": "B", "enum": [1]}, f'the title of {{}} is "B", and was "A": {CLASS_NAME}'),
    ({}, False, "{} differs in 'not', which cannot be compared"),
    *(({}, {each: 1}, f"{{}} differs in '{each}', which cannot be compared") for each in UNKNOWN_KEYWORDS),
]
# What was, what is, and what is said of it in a request and in an answer.
CHANGES: list[tuple[Any, Any, str | None, str | None]] = [
    (TEXT, TEXT_OR_NULL, None, "{} may now be null"),
    (TEXT_OR_NULL, TEXT, "{} may no longer be null", None),
    (TEXT_OR_NULL, {"type": ["null", "integer"]}, "{} may no longer be string", "{} may now be integer"),
    (TEXT_OR_NULL, {"type": ["null", "string"]}, None, None),
    (COUNT, NUMBER, None, 'the type of {} is "number", and was "integer"'),
    (NUMBER, COUNT, 'the type of {} is "integer", and was "number"', None),
    (NUMBER, {"type": ["integer", "number"]}, None, None),
    ({}, TEXT, 'the type of {} is "string", and was not set', None),
    (TEXT, {}, None, 'the type of {} is not set, and was "string"'),
    ({}, TEXT_OR_NULL, "{} may no longer be any value", None),
    ({"enum": ["a", "b"]}, {"enum": ["a"]}, '{} may no longer be "b"', None),
    ({"enum": ["a"]}, {"enum": ["ä", "a"]}, None, '{} may now be "ä"'),
    ({"enum": [1]}, {"enum": [True]}, "{} may no longer be 1", "{} may now be true"),
    ({}, {"enum": [1, 2]}, "the enum of {} is [1, 2], and was not set", None),
    ({"const": 1}, {}, None, "the enum of {} is not set, and was [1]"),
    ({"const": 1}, {"enum": [1, 2]}, None, "{} may now be 2"),
    ({"const": 1, "enum": [True]}, {"const": 1}, None, "{} may now be 1"),
    ({"const": 1, "enum": [1, 2]}, {"const": 1}, None, None),
    ({"const": 1}, {"const": 2}, "{} may no longer be 1", "{} may now be 2"),
    ({"maximum": 2}, {"maximum": 1.5}, "the maximum of {} is 1.5, and was 2", None),
    ({"maximum": 1}, {"maximum": 2}, None, "the maximum of {} is 2, and was 1"),
    ({"maximum": 0}, {}, None, "the maximum of {} is not set, and was 0"),
    ({}, {"maximum": 0}, "the maximum of {} is 0, and was not set", None),
    ({"minimum": 1}, {"minimum": 2}, "the minimum of {} is 2, and was 1", None),
    ({"minimum": 1}, {"minimum": 0}, None, "the minimum of {} is 0, and was 1"),
    ({}, {"minimum": 0}, "the minimum of {} is 0, and was not set", None),
    ({}, {"exclusiveMaximum": 3}, "the exclusiveMaximum of {} is 3, and was not set", None),
    ({}, {"exclusiveMinimum": 3}, "the exclusiveMinimum of {} is 3, and was not set", None),
    ({"maxItems": 9}, {"maxItems": 8}, "the maxItems of {} is 8, and was 9", None),
    ({"maxItems": 8}, {"maxItems": 9}, None, "the maxItems of {} is 9, and was 8"),
    ({"minItems": 1}, {"minItems": 2}, "the minItems of {} is 2, and was 1", None),
    ({}, {"minItems": 0}, None, None),
    ({"minItems": 1}, {"minItems": 0}, None, "the minItems of {} is not set, and was 1"),
    ({}, {"maxLength": 9}, "the maxLength of {} is 9, and was not set", None),
    ({"minLength": 1}, {}, None, "the minLength of {} is not set, and was 1"),
    ({}, {"maxProperties": 9}, "the maxProperties of {} is 9, and was not set", None),
    ({}, {"minProperties": 1}, "the minProperties of {} is 1, and was not set", None),
    ({}, {"pattern": "^a"}, 'the pattern of {} is "^a", and was not set', None),
    ({"pattern": "^a"}, {}, None, 'the pattern of {} is not set, and was "^a"'),
    ({"format": "date"}, {}, None, 'the format of {} is not set, and was "date"'),
    ({}, {"multipleOf": 2}, "the multipleOf of {} is 2, and was not set", None),
    ({}, {"uniqueItems": True}, "the uniqueItems of {} is true, and was not set", None),
    ({}, {"uniqueItems": False}, None, None),
    ({}, {"default": 1}, None, None),
    ({"description": "a", "examples": [1]}, {"description": "b", "deprecated": True}, None, None),
    ({"title": "A"}, {"title": "B"}, None, None),
    (True, {}, None, None),
    *((old, new, said, said) for old, new, said in CHANGES_EITHER_WAY),
]


@pytest.mark.parametrize(("old", "new", "sentence"), [(old, new, said) for old, new, said, _ in CHANGES])
def test_callers_can_send_what_they_sent(old: Any, new: Any, sentence: str | None) -> None:
    assert list_request_changes(old, new) == expect(sentence, "'x' of the request")


@pytest.mark.parametrize(("old", "new", "sentence"), [(old, new, said) for old, new, _, said in CHANGES])
def test_callers_can_read_what_they_get(old: Any, new: Any, sentence: str | None) -> None:
    assert list_answer_changes(old, new) == expect(sentence, "'x' of the answer 200")
