from __future__ import annotations

from pathlib import Path

import pytest

from training.errors import EstimatorUnusable
from training.own_estimator import load_estimator, repeat_estimator

CODE = """
from sklearn.linear_model import Ridge

def build():
    return Ridge(alpha=3)

def forget():
    Ridge()

def name():
    return Ridge

def fail():
    raise ValueError("no luck")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a module of one's own on the path."""
    (tmp_path / "mine_for_tests.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)


def test_builds_the_estimator_that_is_named() -> None:
    estimator = load_estimator("mine_for_tests:build")
    assert estimator.alpha == 3


def test_builds_it_anew_each_time() -> None:
    estimator = load_estimator("mine_for_tests:build")
    build = repeat_estimator(estimator)
    first = build()
    assert first is not build() is not estimator
    assert first.alpha == 3


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mine_for_tests", "An estimator is named as module:function, as in mine.models:build, not 'mine_for_tests'."),
        ("absent:build",
         "There is no module 'absent', which 'absent:build' needs: name a file in this folder without .py, with dots "
         "between folders."),
        ("mine_for_tests:biuld",
         "'mine_for_tests:biuld' builds no estimator: module 'mine_for_tests' has no attribute 'biuld'."),
        ("mine_for_tests:forget", "'mine_for_tests:forget' returns nothing: have it return the estimator."),
        ("mine_for_tests:name",
         "'mine_for_tests:name' returns the class Ridge, and no estimator: have it return one."),
        ("mine_for_tests:fail", "'mine_for_tests:fail' builds no estimator (ValueError: no luck)."),
    ],
)  # fmt: skip
def test_says_why_there_is_no_estimator(name: str, sentence: str) -> None:
    with pytest.raises(EstimatorUnusable) as error:
        load_estimator(name)
    assert str(error.value) == sentence
