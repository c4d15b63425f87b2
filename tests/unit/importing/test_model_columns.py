from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.artifacts.errors import NotPublishable
from app.importing.model_columns import check_count, check_names, find_feature_names


@pytest.mark.parametrize(
    ("attributes", "names"),
    [
        ({"feature_names_in_": ["a", "b"]}, ["a", "b"]),
        ({"feature_names_": ["a", "b"]}, ["a", "b"]),
        ({"feature_names_in_": ["Column_0", "Column_1"]}, None),
        ({"feature_names_": ["0", "1"]}, None),
        ({}, None),
    ],
)
def test_finds_the_names_that_a_model_was_trained_on(attributes: dict[str, list[str]], names: list[str] | None) -> None:
    assert find_feature_names(SimpleNamespace(**attributes)) == names


def test_a_name_with_blanks_may_be_known_by_one_with_underscores() -> None:
    check_names(["mean radius", "city"], ["mean_radius", "city"])


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (["a"], "The sample has no column 'b', which the model was trained on."),
        (
            ["a", "B"],
            "The sample has no column 'b', which the model was trained on; it has 'B', which the model does not know.",
        ),
        (
            ["a", "b", "label"],
            "The sample has 'label', which the model does not know. Leave out what it was not trained on with --drop, "
            "and name what it predicts with --target.",
        ),
        (
            ["b", "a"],
            "The columns of the sample are in another order than those of the model: column 1 is 'b', where the model "
            "has 'a'. Write the sample in the model's order.",
        ),
    ],
)
def test_refuses_other_columns_by_name(given: list[str], fault: str) -> None:
    with pytest.raises(NotPublishable) as refused:
        check_names(given, ["a", "b"])
    assert str(refused.value) == fault


def test_counts_the_columns_of_a_model_that_knows_no_names() -> None:
    check_count(["a", "b"], SimpleNamespace(n_features_in_=2))
    check_count(["a", "b"], SimpleNamespace())
    with pytest.raises(NotPublishable, match="^The model takes 3 columns, and the sample has 2: 'a', 'b'. Leave out "):
        check_count(["a", "b"], SimpleNamespace(n_features_in_=3))
