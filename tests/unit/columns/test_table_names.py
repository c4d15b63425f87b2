"""Rows by name: each name that is missing, unknown, misspelt or repeated."""

from __future__ import annotations

import difflib
import json
from typing import Any

import pytest

from app.columns.faults import InvalidInput
from app.columns.table import Table
from app.web.bodies.json_text import parse_json
from tests.support.tables import build_table

TABLE = build_table(["mean radius", "mean texture", "worst area"])
RIGHT = {"mean radius": 1, "mean texture": 2, "worst area": 3}


def list_faults(row: Any, table: Table = TABLE) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        table.parse_instance(row, ("features",))
    return [f"{fault.pointer} {fault.message}" for fault in refused.value.faults]


@pytest.mark.parametrize("name", TABLE.feature_names)
def test_names_a_missing_feature(name: str) -> None:
    row = {other: value for other, value in RIGHT.items() if other != name}
    assert list_faults(row) == [f"#/features/{name.replace(' ', '%20')} is missing"]


def test_names_every_missing_feature_of_an_empty_object() -> None:
    assert list_faults({}) == [
        "#/features/mean%20radius is missing",
        "#/features/mean%20texture is missing",
        "#/features/worst%20area is missing",
    ]


@pytest.mark.parametrize("name", ["colour", "", "0", "\ud800"])
def test_names_an_unknown_feature(name: str) -> None:
    token = "?" if name == "\ud800" else name
    assert list_faults({**RIGHT, name: 1}) == [f"#/features/{token} is not a feature of the model"]


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("mean_radius", "mean radius"), ("Mean Texture", "mean texture"), ("worst  area", "worst area")],
)
def test_suggests_the_name_that_was_meant(misspelt: str, meant: str) -> None:
    pointer = f"#/features/{misspelt.replace(' ', '%20')}"
    assert list_faults({**RIGHT, misspelt: 1}) == [f"{pointer} is not a feature of the model; did you mean {meant!r}?"]


def test_names_the_unknown_before_the_missing_and_the_wrong() -> None:
    assert list_faults({"mean radius": "1", "mean texture": 2, "worst aera": 3}) == [
        "#/features/worst%20aera is not a feature of the model; did you mean 'worst area'?",
        "#/features/worst%20area is missing",
        "#/features/mean%20radius must be a number, not a string",
    ]


def test_does_not_look_at_the_value_of_an_unknown_feature() -> None:
    assert list_faults({**RIGHT, "colour": "red"}) == ["#/features/colour is not a feature of the model"]


def test_only_describes_an_unknown_name_that_is_too_long_to_quote() -> None:
    fault = "#/features has a key of 5000 characters, which is not a feature of the model"
    assert list_faults({**RIGHT, "x" * 5000: 1}) == [fault]


def test_suggests_nothing_among_very_many_features() -> None:
    table = build_table([f"feature {index}" for index in range(201)])
    row = {**dict.fromkeys(table.feature_names, 1), "feature_1": 1}
    assert list_faults(row, table) == ["#/features/feature_1 is not a feature of the model"]


def test_looks_for_the_name_that_was_meant_for_listed_faults_only(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for: list[str] = []
    monkeypatch.setattr(difflib, "get_close_matches", lambda name, *args, **kwargs: looked_for.append(name))
    list_faults({"x" * 129: 1, **{f"name {index}": 1 for index in range(1000)}})
    assert looked_for == [f"name {index}" for index in range(19)]


def test_counts_unknown_names_past_the_listed_ones() -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instance({**RIGHT, **{f"mean radiu{index}": 1 for index in range(1000)}})
    assert len(refused.value.faults) == 20
    assert refused.value.total == 1000


def test_names_a_feature_that_is_given_more_than_once() -> None:
    text = json.dumps(RIGHT).replace("}", ', "mean radius": 5}')
    assert list_faults(parse_json(text.encode())) == ["#/features/mean%20radius is given more than once"]
