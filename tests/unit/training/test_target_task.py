from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.errors import DatasetInvalid
from training.target_task import find_target_task, to_target


@pytest.mark.parametrize(
    ("values", "kind", "task", "reason"),
    [
        (["a", "b"] * 2, "category", "classification", "Classification, as 't' has 2 classes."),
        ([True, False], "boolean", "classification", "Classification, as 't' has 2 classes."),
        ([0, 1, 2], "integer", "classification",
         "Classification, as 't' has 3 whole numbers (--task overrules)."),
        ([0.0, 1.0], "number", "classification",
         "Classification, as 't' has 2 whole numbers (--task overrules)."),
        (list(range(20)), "integer", "classification",
         "Classification, as 't' has 20 whole numbers (--task overrules)."),
        (list(range(21)), "integer", "regression",
         "Regression, as 't' has 21 distinct numbers (--task overrules)."),
        ([0.5, 1.0], "number", "regression",
         "Regression, as 't' has numbers with a fraction (--task overrules)."),
    ],
)  # fmt: skip
def test_takes_the_task_from_the_values(values: list[Any], kind: str, task: str, reason: str) -> None:
    assert find_target_task(pd.Series(values, name="t"), kind) == (task, reason)


@pytest.mark.parametrize("kind", ["text", "date-time"])
def test_refuses_a_target_that_is_neither_classes_nor_numbers(kind: str) -> None:
    with pytest.raises(DatasetInvalid) as error:
        find_target_task(pd.Series(["a", "b"], name="t"), kind)
    assert str(error.value) == (
        f"The target 't' is of the kind {kind}, with 2 distinct values: a model learns classes or numbers. If they are "
        "classes, say --kind t=category."
    )


@pytest.mark.parametrize(
    ("target", "task", "dtype"),
    [
        (pd.Series([1, 2]), "classification", np.int64),
        (pd.Series([1.0, 2.0]), "classification", np.int64),
        (pd.Series([True, False]), "classification", np.bool_),
        (pd.Series([True, False], dtype=object), "classification", np.bool_),
        (pd.Series(["a", "b"], dtype="category"), "classification", object),
        (pd.Series([1, 2]), "regression", np.float64),
    ],
)
def test_gives_classes_and_numbers_the_types_that_they_are_learnt_as(target: pd.Series, task: str, dtype: Any) -> None:
    assert to_target(target, task).dtype == dtype


@pytest.mark.parametrize(
    ("values", "task", "sentence"),
    [
        (["a", "a"], "classification", "The target 't' is 'a' in every row, so that there is nothing to tell apart."),
        ([0.5, 1.0], "classification", "The target 't' holds fractions, which are no classes."),
        (["a", "b"], "regression", "The target 't' holds no numbers, which regression learns."),
    ],
)
def test_refuses_values_that_the_task_has_no_use_for(values: list[Any], task: str, sentence: str) -> None:
    with pytest.raises(DatasetInvalid) as error:
        to_target(pd.Series(values, name="t"), task)
    assert str(error.value) == sentence
