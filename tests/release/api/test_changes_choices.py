from __future__ import annotations

from typing import Any

import pytest

from tests.release.api.documents import Node, expect, list_answer_changes, list_request_changes

COUNT = {"type": "integer"}
NULL = {"type": "null"}
TEXT = {"type": "string"}
ROW = {"title": "By position", "type": "array", "items": {"type": "number"}}
TABLE = {"title": "By name", "type": "object", "properties": {"a": COUNT}, "additionalProperties": False}
OVERLAP = "'x' of {} differs in 'oneOf', which cannot be compared where alternatives have the same type"
UNKNOWN = "'x (any value)' of {} differs in 'anyOf', which cannot be compared"
RENAMED = 'the title of \'x\' of {} is "B", and was "A": generated clients name a class after it'


def choose(*members: Any, choice: str = "oneOf", **more: Any) -> Node:
    return {choice: list(members), **more}


# What was, what is, and what is said of it in a request and in an answer.
CHANGES: list[tuple[Any, Any, str | None, str | None]] = [
    (choose(ROW, TABLE), choose(ROW), "'x' of {} may no longer be By name", None),
    (choose(ROW), choose(TABLE, ROW), None, "'x' of {} may now be By name"),
    (choose(ROW, TABLE), choose(TABLE, ROW), None, None),
    (choose(ROW, TABLE), TABLE, "'x' of {} may no longer be By position", None),
    (TABLE, choose(ROW, TABLE), None, "'x' of {} may now be By position"),
    (
        choose(ROW, TABLE),
        choose(ROW, {**TABLE, "required": ["a"]}),
        "{} now requires 'x (By name).a'",
        None,
    ),
    (
        choose(ROW, TABLE),
        choose(ROW, {**TABLE, "properties": {"b": COUNT}}),
        "{} no longer takes 'x (By name).a'",
        "{} no longer has 'x (By name).a'",
    ),
    (
        choose(ROW, TABLE),
        choose(ROW, {**TABLE, "title": "By key"}),
        "'x' of {} may no longer be By name",
        "'x' of {} may now be By key",
    ),
    (choose(ROW, TABLE), choose(ROW, TABLE, choice="anyOf"), None, None),
    (choose(COUNT, NULL, choice="anyOf"), {"type": ["integer", "null"]}, None, None),
    ({"type": ["integer", "null"]}, choose(COUNT, NULL), None, None),
    (choose(COUNT, NULL), choose({"type": "number"}, NULL), None, "'x' of {} may now be number"),
    (
        choose({**COUNT, "minimum": 1}, TEXT),
        choose({**COUNT, "minimum": 0}, TEXT),
        None,
        "the minimum of 'x (integer)' of {} is 0, and was 1",
    ),
    (choose(TABLE), choose(TABLE, {"type": "object", "title": "By id"}), OVERLAP, OVERLAP),
    (choose(COUNT, {"type": "number"}), choose(COUNT, {"type": "number"}, choice="anyOf"), OVERLAP, OVERLAP),
    (choose(COUNT, {}), choose(COUNT, {}, choice="anyOf"), OVERLAP, OVERLAP),
    (choose(COUNT, {}), choose(COUNT, {}), None, None),
    (choose(choose(COUNT, {}), choice="anyOf"), choose(COUNT, {}, choice="anyOf"), OVERLAP, OVERLAP),
    (choose(choose(COUNT, {}, choice="anyOf")), choose(COUNT, {}, choice="anyOf"), OVERLAP, OVERLAP),
    (choose(COUNT, {}, choice="anyOf"), choose({}), None, None),
    (choose(COUNT, minimum=1), {**COUNT, "minimum": 1}, None, None),
    (choose(COUNT, minimum=1), {**COUNT, "minimum": 0}, None, "the minimum of 'x' of {} is 0, and was 1"),
    (choose({}, type=["integer", "null"]), {"type": ["null", "integer"]}, None, None),
    (
        choose(COUNT, NULL, choice="anyOf", oneOf=[{}]),
        choose(COUNT, choice="anyOf", oneOf=[{}]),
        UNKNOWN,
        UNKNOWN,
    ),
    (choose(ROW, TABLE, title="A"), choose(ROW, TABLE, title="B"), RENAMED, RENAMED),
]


@pytest.mark.parametrize(("old", "new", "sentence"), [(old, new, said) for old, new, said, _ in CHANGES])
def test_callers_can_send_what_they_sent(old: Any, new: Any, sentence: str | None) -> None:
    assert list_request_changes(old, new) == expect(sentence, "the request")


@pytest.mark.parametrize(("old", "new", "sentence"), [(old, new, said) for old, new, _, said in CHANGES])
def test_callers_can_read_what_they_get(old: Any, new: Any, sentence: str | None) -> None:
    assert list_answer_changes(old, new) == expect(sentence, "the answer 200")
