"""Holds the comparison against a validator: where it says nothing, no value may be refused that was taken before."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from release.api.document import ApiDocument
from release.api.place import Place, Side
from release.api.schemas import SchemaComparison

Pair = tuple[Any, Any]

TYPES = st.sampled_from(["integer", "number", "string", "null", "boolean"])
SMALL = st.integers(0, 2)
KEYS = st.sampled_from("abc")
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES | st.lists(TYPES, min_size=2, max_size=2, unique=True),
        "enum": st.lists(st.sampled_from([0, 1, True, 1.5, "a", None]), min_size=1, max_size=3),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "maxLength", "minLength"), SMALL),
    },
)
SCALARS: list[Any] = [0, 1, 2, 0.5, 1.5, "", "a", "ab", None, True, False]
ROWS: list[Any] = [[], *([each] for each in SCALARS), [0, "a"], [None, 1], [1, 2, 0], [[1]], [["a", True]]]
TABLES: list[Any] = [{}, *({key: each} for key in "abc" for each in SCALARS), {"a": 0, "b": 1, "c": 2}, {"b": {}}]
NESTED = [{key: each, "c": each} for key in "ab" for each in (*ROWS, *TABLES)]
INSTANCES = [*SCALARS, *ROWS, *TABLES, *NESTED]


@st.composite
def draw_pair(draw: st.DrawFn, depth: int = 2) -> Pair:
    """Draw a schema and what may have become of it."""
    value = draw(VALUES)
    if depth == 0:
        return value, draw(st.just(value) | VALUES)
    draw_nested = draw(st.sampled_from([_draw_object, _draw_array, _draw_choice]))
    old, new = draw_nested(draw, depth - 1)
    return (old, new) if draw(st.booleans()) else (old, value)


def _draw_object(draw: st.DrawFn, depth: int) -> Pair:
    # Keys that are not named never are left open: both sides may then have new keys, which a validator refuses.
    keys = {key: draw(draw_pair(depth)) for key in "ab"}
    others = {"type": draw(TYPES)}, {"type": draw(TYPES)}
    old, new = (
        {
            "type": "object",
            "properties": {key: keys[key][side] for key in draw(st.sets(st.sampled_from("ab")))},
            "required": draw(st.lists(KEYS, max_size=1)),
            "additionalProperties": others[side],
        }
        for side in (0, 1)
    )
    return old, new


def _draw_array(draw: st.DrawFn, depth: int) -> Pair:
    old, new = ({"type": "array", "items": items, "maxItems": draw(SMALL)} for items in draw(draw_pair(depth)))
    return old, new


def _draw_choice(draw: st.DrawFn, depth: int) -> Pair:
    keyword = st.sampled_from(["oneOf", "anyOf", "allOf"])
    members = draw(st.lists(draw_pair(depth), min_size=1, max_size=2))
    first, second = draw(keyword), draw(keyword)
    return {first: [old for old, _ in members]}, {second: draw(st.permutations([new for _, new in members]))}


def list_changes(pair: Pair, side: Side) -> list[str]:
    document = ApiDocument({"paths": {}})
    return SchemaComparison(document, document).compare(*pair, Place(side, "it"))


def list_refused(known: Any, wanted: Any) -> list[Any]:
    taken, takes = Draft202012Validator(known), Draft202012Validator(wanted)
    return [each for each in INSTANCES if taken.is_valid(each) and not takes.is_valid(each)]


@given(draw_pair())
def test_a_request_takes_what_it_took_where_nothing_is_reported(pair: Pair) -> None:
    old, new = pair
    assert list_changes(pair, Side.REQUEST) or list_refused(old, new) == []


@given(draw_pair())
def test_an_answer_is_what_it_could_be_where_nothing_is_reported(pair: Pair) -> None:
    old, new = pair
    assert list_changes(pair, Side.ANSWER) or list_refused(new, old) == []


@given(draw_pair(), st.sampled_from(Side))
def test_nothing_is_reported_where_nothing_has_changed(pair: Pair, side: Side) -> None:
    assert list_changes((pair[0], pair[0]), side) == []
