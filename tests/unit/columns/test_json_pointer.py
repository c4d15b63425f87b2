from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.columns.json_pointer import to_pointer


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ((), "#"),
        (("features", 3), "#/features/3"),
        (("features", "mean radius"), "#/features/mean%20radius"),
        (("instances", 1, "a/b"), "#/instances/1/a~1b"),
        (("m~n",), "#/m~0n"),
        (("~1",), "#/~01"),
        (("",), "#/"),
        (("c%d",), "#/c%25d"),
        (("e^f",), "#/e%5Ef"),
        (("g|h",), "#/g%7Ch"),
        (("i\\j",), "#/i%5Cj"),
        (('k"l',), "#/k%22l"),
        (("é",), "#/%C3%A9"),
        (("\ud800",), "#/?"),
        (("a#b\n",), "#/a%23b%0A"),
    ],
)
def test_writes_a_path_as_rfc_6901_says(path: tuple[str | int, ...], pointer: str) -> None:
    assert to_pointer(path) == pointer


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_every_path_can_be_read_back(path: list[str]) -> None:
    tokens = to_pointer(path).removeprefix("#").split("/")[1:]
    assert [unquote(token).replace("~1", "/").replace("~0", "~") for token in tokens] == path


@given(st.lists(st.text() | st.integers()))
def test_every_pointer_is_a_uri_fragment(path: list[str | int]) -> None:
    assert re.fullmatch(r"#([A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-F]{2})*", to_pointer(path))
