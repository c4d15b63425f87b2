from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from app.engines.classes import find_indices, find_near_ties, is_argmax


class OwnRegression(LogisticRegression):  # type: ignore[misc]
    """May predict otherwise than what it is derived from."""

    __module__ = "tests"


@pytest.mark.parametrize(
    ("classes", "predicted", "indices"),
    [
        ([0, 1, 2], [2, 0], [2, 0]),
        ([3, 4, 5], np.array([[5], [3]]), [2, 0]),
        (["a", "b"], ["b", "a"], [1, 0]),
        ([False, True], [True, False], [1, 0]),
        ([False, True], np.array([1, 0]), [1, 0]),
        ([0.5, 1.5], [1.5], [1]),
        ([10, 2], [2, 10], [1, 0]),  # in no order
        ([1, 2], np.array(["2", "1"]), [1, 0]),
        (["1", "2"], np.array([2, 1]), [1, 0]),
        (["a", "bb"], np.array(["bb"], dtype=object), [1]),
        ([0, 1], [], []),
    ],
)
def test_finds_the_index_of_a_class(classes: list[Any], predicted: Any, indices: list[int]) -> None:
    assert find_indices(np.array(classes), predicted).tolist() == indices


@pytest.mark.parametrize(
    ("classes", "predicted"), [([0, 1], [2]), ([0, 1], [0.5]), (["a", "c"], ["b"]), (["a", "c"], ["d"]), ([0, 1], [-1])]
)
def test_refuses_what_is_none_of_the_classes(classes: list[Any], predicted: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"^The model predicts what is none of its classes\.$"):
        find_indices(np.array(classes), predicted)


def test_finds_ties_that_rounding_may_have_decided() -> None:
    probabilities = np.array([[0.5, 0.5, 0.0], [0.4, 0.6, 0.0], [0.5 - 4e-10, 0.0, 0.5 + 4e-10], [0.2, 0.5, 0.3]])
    assert find_near_ties(probabilities).tolist() == [0, 2]
    of_two = np.array([[0.5, 0.5], [0.4, 0.6], [0.5 - 4e-10, 0.5 + 4e-10], [0.5 + 4e-10, 0.5 - 4e-10], [0.9, 0.1]])
    assert find_near_ties(of_two).tolist() == [0, 2, 3]


def test_knows_whose_prediction_is_the_likeliest_class() -> None:
    assert is_argmax(LogisticRegression())
    assert not is_argmax(SVC())
    assert not is_argmax(OwnRegression())
