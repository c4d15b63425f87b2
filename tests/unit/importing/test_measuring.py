from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.artifacts.errors import NotPublishable
from app.importing.measuring import find_class_indices, measure_answers
from tests.support.fitted_models import describe_small, fit_small_model

METADATA, _ = describe_small(fit_small_model())


def measure(task: str, arrays: dict[str, Any], right: dict[str, Any], **facts: Any) -> dict[str, float]:
    return measure_answers(replace(METADATA, task=task, **facts), arrays, pd.DataFrame(right))


def test_measures_classes_and_their_order() -> None:
    shares = np.array([[0.9, 0.1], [0.4, 0.6], [0.1, 0.9], [0.8, 0.2]])
    arrays = {"labels": np.array([0, 1, 1, 0]), "probabilities": shares}
    metrics = measure("classification", arrays, {"y": ["no", "no", "yes", "no"]}, classes=["no", "yes"])
    assert metrics == {
        "accuracy": 0.75, "precision_macro": 0.75, "recall_macro": pytest.approx(5 / 6),
        "f1_macro": pytest.approx((0.8 + 2 / 3) / 2), "roc_auc": 1.0, "average_precision": 1.0,
    }  # fmt: skip


def test_orders_by_scores_where_there_are_no_probabilities() -> None:
    arrays = {"labels": np.array([0, 1, 1]), "scores": np.array([[1.0, -1.0], [-0.1, 0.1], [-2.0, 2.0]])}
    assert measure("classification", arrays, {"y": ["no", "no", "yes"]}, classes=["no", "yes"])["roc_auc"] == 1.0


def test_measures_no_order_where_the_model_gives_none_or_one_class_alone_occurs() -> None:
    arrays = {"labels": np.array([1, 1])}
    assert "roc_auc" not in measure("classification", arrays, {"y": [1, 1]}, classes=[0, 1])
    scored = {**arrays, "scores": np.array([[-1.0, 1.0], [-2.0, 2.0]])}
    assert "roc_auc" not in measure("classification", scored, {"y": [1, 1]}, classes=[0, 1])


def test_measures_values() -> None:
    metrics = measure("regression", {"values": np.array([[1.0], [2.0], [5.0]])}, {"y": [1, 2, 3]})
    assert metrics == {
        "r2": -1.0, "mae": pytest.approx(2 / 3), "rmse": pytest.approx((4 / 3) ** 0.5),
        "pinball_0.1": pytest.approx(0.6), "pinball_0.5": pytest.approx(1 / 3), "pinball_0.9": pytest.approx(0.2 / 3),
    }  # fmt: skip


def test_measures_the_quantile_that_a_model_was_asked_for() -> None:
    parameters = {"loss": "quantile", "alpha": 0.8}
    metrics = measure("regression", {"values": np.array([[1.0], [2.0]])}, {"y": [1, 3]}, hyperparameters=parameters)
    assert metrics == {"r2": 0.5, "mae": 0.5, "rmse": pytest.approx(0.5**0.5), "pinball_0.8": pytest.approx(0.4)}


def test_leaves_out_r2_of_what_does_not_vary() -> None:
    assert "r2" not in measure("regression", {"values": np.array([[1.0], [2.0]])}, {"y": [1, 1]})


def test_names_the_metrics_of_each_target() -> None:
    arrays = {"values": np.array([[1.0, 10.0], [3.0, 10.0]])}
    metrics = measure("regression", arrays, {"rent": [1, 2], "price": [10, 14]}, targets=["rent", "price"])
    assert (metrics["mae"], metrics["mae[rent]"], metrics["mae[price]"]) == (1.25, 0.5, 2.0)


def test_measures_several_targets() -> None:
    arrays = {"labels": np.array([[0, 1], [1, 1]])}
    targets = {"a": [0, 1], "b": [1, 0]}
    assert measure("multilabel", arrays, targets, targets=["a", "b"]) == {
        "subset_accuracy": 0.5, "hamming_loss": 0.25, "f1_micro": 0.8, "f1_macro": pytest.approx(5 / 6),
    }  # fmt: skip
    classes = [["cold", "warm"], [3, 4]]
    kinds = {"a": ["cold", "warm"], "b": [4, 3]}
    assert measure("multioutput", arrays, kinds, targets=["a", "b"], classes=classes) == {
        "accuracy": 0.75, "accuracy[a]": 1.0, "accuracy[b]": 0.5,
    }  # fmt: skip


def test_measures_outliers() -> None:
    arrays = {"labels": np.array([-1, -1, 1]), "scores": np.array([-0.5, -0.1, 0.2])}
    assert measure("outlier", arrays, {"y": [-1, 1, 1]}, classes=[-1, 1]) == {
        "outlier_share": pytest.approx(2 / 3), "precision": 0.5, "recall": 1.0, "roc_auc": 1.0,
    }  # fmt: skip
    assert measure("outlier", arrays, {"y": [-1.0, 1.0, 1.0]}, classes=[-1, 1])["recall"] == 1.0


def test_measures_outliers_and_clusters_that_nobody_has_named() -> None:
    assert measure("outlier", {"labels": np.array([-1, 1])}, {}, classes=[-1, 1]) == {"outlier_share": 0.5}
    assert measure("cluster", {"labels": np.array([0, 1, 1, 1])}, {}) == {"clusters": 2.0, "largest_share": 0.75}
    assert measure("classification", {"labels": np.array([0, 1])}, {}) == {}


def test_leaves_out_how_well_apart_clusters_of_texts_are() -> None:
    arrays = {"labels": np.array([0, 0, 1])}
    texts = np.array([["a"], ["b"], ["c"]], dtype=object)
    metrics = measure_answers(replace(METADATA, task="cluster"), arrays, pd.DataFrame(), lambda rows: texts[rows])
    assert list(metrics) == ["clusters", "largest_share"]


def test_refuses_several_targets_of_a_model_of_one() -> None:
    with pytest.raises(NotPublishable, match=r"^The model predicts one target, and 2 are named with --target\.$"):
        measure("outlier", {"labels": np.array([-1, 1])}, {"a": [-1, 1], "b": [1, 1]}, classes=[-1, 1])


def test_measures_how_well_apart_clusters_are_in_what_the_clusterer_sees() -> None:
    seen = np.array([[0.0], [1.0], [10.0], [11.0]])
    arrays = {"labels": np.array([0, 0, 1, 1])}
    metrics = measure_answers(replace(METADATA, task="cluster"), arrays, pd.DataFrame(), lambda rows: seen[rows])
    assert metrics["silhouette"] == pytest.approx((9.5 / 10.5 + 8.5 / 9.5) / 2)


@pytest.mark.parametrize(
    ("classes", "values"),
    [
        (["no", "yes"], [0, 1]),
        ([0, 1], [False, True]),
        ([False, True], [0, 1]),
        ([3, 4], ["3", "4"]),
        ([3, 4], [3.0, 4.0]),
        (["3", "4"], [3, 4]),
        ([False, True], [False, True]),
        ([False, True], ["False", "True"]),
    ],
)
def test_knows_a_class_by_itself_or_by_its_text(classes: list[Any], values: list[Any]) -> None:
    assert find_class_indices(pd.Series(values, name="y"), classes).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("task", "values", "fault"),
    [
        (
            "classification",
            ["yes", "maybe"],
            "The target 'y' holds 'maybe', which is none of the model's classes: no, yes.",
        ),
        ("classification", ["yes", None], "The target 'y' has no value in some rows: leave those rows out."),
        ("regression", ["a", "b"], "The target 'y' holds values that are no numbers, and the model predicts numbers."),
    ],
)
def test_refuses_what_no_model_of_the_kind_answers(task: str, values: list[Any], fault: str) -> None:
    with pytest.raises(NotPublishable) as refused:
        measure(task, {"labels": np.zeros(2, int), "values": np.zeros((2, 1))}, {"y": values}, classes=["no", "yes"])
    assert str(refused.value) == fault
