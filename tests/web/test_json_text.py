from __future__ import annotations

import codecs
import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.columns.json_object import repeated_keys
from app.web.bodies.errors import BodyError
from app.web.bodies.json_text import parse_json

JSON_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=20,
)


def with_floats(value: Any) -> Any:
    """Return `value` with every number as the float64 that a model would see: the promise is equal numbers."""
    if isinstance(value, dict):
        return {key: with_floats(each) for key, each in value.items()}
    if isinstance(value, list):
        return [with_floats(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(str(value))
    return value


def escape(text: str) -> str:
    """Return `text` as a JSON string with every character escaped."""
    return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'


@given(JSON_DOCUMENTS, st.booleans())
@example({"a:b": {"c": [{"d": "e:f"}]}}, True)
@example([2**64, -(2**63) - 1, 10**400, 0.1, -0.0], True)
def test_reads_every_json_text_as_the_standard_library_does(document: Any, ensure_ascii: bool) -> None:
    text = json.dumps(document, ensure_ascii=ensure_ascii)
    assert with_floats(parse_json(text.encode())) == with_floats(json.loads(text))


@given(st.binary() | st.text(st.sampled_from('{}[]":,\\u019eE+-.NaInfity \n')).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_body_error(body: bytes) -> None:
    try:
        parse_json(body)
    except BodyError as error:
        assert str(error).startswith("The body is ")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("1e999", math.inf),
        ("-1e999", -math.inf),
        ("9" * 400, math.inf),
        ("-" + "9" * 400, -math.inf),
        ("9" * 100_000, math.inf),
        ("18446744073709551616", 2.0**64),
        ("1e-999", 0.0),
        ("1.7976931348623157e308", 1.7976931348623157e308),
    ],
)
def test_reads_numbers_that_old_clients_send(text: str, number: float) -> None:
    assert parse_json(f'{{"features": [{text}, 1]}}'.encode()) == {"features": [number, 1]}


def test_reads_nan() -> None:
    assert math.isnan(parse_json(b"[NaN]")[0])


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (b'{"a": 1, "a": 2}', ("a",)),
        (b'{"a": 1, "b": 1, "b": 2, "a": 2, "b": 3}', ("a", "b")),
        (b'{"a": 1, "\\u0061": 2}', ("a",)),
        (b'{"a:b": 1, "a:b": 2}', ("a:b",)),
        (b'{"\\u003a": 1, ":": 2}', (":",)),
        (b'{"\\u003a": 1, "a": 1, "a": 2}', ("a",)),
        (b'{"\\"": 1, "\\"": 2}', ('"',)),
        (b'{"a": [NaN], "a": 2}', ("a",)),
        (b'{"a": {"x": {"y": 1}}, "a": {"x": 1}}', ("a",)),
        (b'{"a": "::", "a": ":"}', ("a",)),
        (b'{"": 1, "": 1}', ("",)),
    ],
)
@pytest.mark.parametrize("level", [b"%s", b'{"features": %s}', b'{"instances": [[1], %s]}'])
def test_remembers_repeated_keys_at_each_level_of_a_request(body: bytes, keys: tuple[str, ...], level: bytes) -> None:
    document = parse_json(level % body)
    innermost = document.get("features", document.get("instances", [document])[-1])
    assert repeated_keys(innermost) == keys


@given(st.lists(st.text("a:\\é"), unique=True, min_size=1), st.data())
def test_no_spelling_hides_a_repeated_key(keys: list[str], data: st.DataObject) -> None:
    repeated = data.draw(st.sampled_from(keys))
    spellings = [data.draw(st.sampled_from([json.dumps(key), escape(key)])) for key in [*keys, repeated]]
    body = "{" + ", ".join(f"{spelling}: 1" for spelling in data.draw(st.permutations(spellings))) + "}"
    assert repeated_keys(parse_json(body.encode())) == (repeated,)


def test_the_last_value_of_a_repeated_key_is_kept() -> None:
    assert parse_json(b'{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize("body", [b'{"a": 1, "b": 2}', b'{"a:": ":\\n"}', b'{"a": {"b": {"c": {"d": 1}}}}'])
def test_finds_no_repeated_key_where_there_is_none(body: bytes) -> None:
    assert repeated_keys(parse_json(body)) == ()


def test_passes_over_a_byte_order_mark() -> None:
    assert parse_json(codecs.BOM_UTF8 + b'{"a": 1}') == {"a": 1}


def test_reads_a_lone_surrogate_that_is_escaped() -> None:
    assert parse_json(b'{"\\ud800": 1}') == {"\ud800": 1}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is empty; a JSON object was expected."),
        (codecs.BOM_UTF8, "The body is empty; a JSON object was expected."),
        (b"   ", "The body is not JSON: it ends too early, at character 3 (line 1, column 4)."),
        (b'{"a" 1}', "The body is not JSON: unexpected at character 5 (line 1, column 6)."),
        ('{"é" 1}'.encode(), "The body is not JSON: unexpected at character 5 (line 1, column 6)."),
        (b"{\n\n  x}", "The body is not JSON: unexpected at character 5 (line 3, column 3)."),
        (b"[1] 2", "The body is not JSON: unexpected at character 4 (line 1, column 5)."),
        (b"nan", "The body is not JSON: unexpected at character 0 (line 1, column 1)."),
        (b'{"a": 1}'.decode().encode("utf-16"), "The body is not UTF-8: byte 0 is not part of a character."),
        (b'{"a": "\xff"}', "The body is not UTF-8: byte 7 is not part of a character."),
        (b'"\xed\xa0\x80"', "The body is not UTF-8: byte 1 is not part of a character."),
        (b'["a', "The body is not JSON: it ends too early, at character 3 (line 1, column 4)."),
        (b"[" * 50_000, "The body is nested too deeply."),
        (b"[" * 50_000 + b"]" * 50_000, "The body is nested too deeply."),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "The body is nested too deeply."),
    ],
)
def test_refuses_what_is_not_json_and_says_where(body: bytes, sentence: str) -> None:
    with pytest.raises(BodyError) as refused:
        parse_json(body)
    assert str(refused.value) == sentence
