from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from training.dataset import Split
from training.folds import Folds, choose_folds
from training.model_choice import choose_model
from training.tasks import REGRESSION

X = np.arange(40.0)[:, np.newaxis]
SPLIT = Split(X, X[:0], X[:, 0] * 2, X[:0, 0], REGRESSION, ["y"])
MEAN: Callable[[], Any] = DummyRegressor
LINE: Callable[[], Any] = LinearRegression


@pytest.mark.parametrize("order", [1, -1])
def test_chooses_the_better_one_over_the_folds(order: int) -> None:
    candidates = dict([("a mean", MEAN), ("a line", LINE)][::order])
    chosen = choose_model(candidates, SPLIT, choose_folds(SPLIT, seed=1))
    assert (chosen.name, chosen.build_pipeline) == ("a line", LINE)
    assert chosen.scores["r2_mean"] == 1
    assert chosen.reason.startswith("The model: a line, as its R2 over the folds is 1.0000, against -")
    assert chosen.reason.endswith(" of a mean.")


def test_takes_the_first_of_equal_ones() -> None:
    chosen = choose_model({"one": MEAN, "other": MEAN}, SPLIT, choose_folds(SPLIT, seed=1))
    assert chosen.name == "one"


def test_takes_the_first_where_there_are_no_folds() -> None:
    chosen = choose_model({"a mean": MEAN, "a line": LINE}, SPLIT, Folds([]))
    assert (chosen.name, chosen.scores, chosen.reason) == ("a mean", {}, "The model: a mean.")


def test_has_nothing_to_say_of_a_model_without_a_name() -> None:
    assert choose_model({"": LINE}, SPLIT, choose_folds(SPLIT, seed=1)).reason == ""


def test_names_the_model_whose_folds_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    choose_model({"a line": LINE, "a mean": MEAN}, SPLIT, choose_folds(SPLIT, seed=1))
    counted = capsys.readouterr().err.splitlines()
    assert (counted[0], counted[-1]) == ("Fold of a line 1 of 5", "Fold of a mean 5 of 5")
