from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.dataset import Dataset
from training.report import format_comparison, format_report
from training.tasks import CLUSTER, REGRESSION

NAMES = ("accuracy", "precision_macro", "recall_macro", "f1_macro", "roc_auc", "average_precision")
EVEN = {"train": {"accuracy": 1.0}, "test": {"accuracy": 0.5}}


@pytest.fixture
def dataset() -> Dataset:
    return Dataset("test", [[1.0], [2.0]], [0, 1], ["a"], classes=["no", "yes"])


def number(first: float, step: float = 0.01) -> dict[str, float]:
    """Return a value for each metric, every one lower than the one before."""
    return {name: first - step * index for index, name in enumerate(NAMES)}


def build(y: Any, task: str, **facts: Any) -> Dataset:
    return Dataset("test", np.zeros((2 if y is None else len(y), 1)), y, ["a"], task=task, **facts)


def test_compares_the_current_version_with_the_candidate_side_by_side(dataset: Dataset) -> None:
    candidate = {**number(0.95), "accuracy": 0.98765, "roc_auc": 0.91}
    assert format_comparison(dataset, "20260304T120000.000Z", number(0.95), candidate) == (
        "Test part              current   candidate  difference\n"
        "Accuracy                0.9500      0.9877     +0.0377\n"
        "Precision (macro)       0.9400      0.9400     +0.0000\n"
        "Recall (macro)          0.9300      0.9300     +0.0000\n"
        "F1 (macro)              0.9200      0.9200     +0.0000\n"
        "ROC AUC                 0.9100      0.9100     +0.0000\n"
        "Average precision       0.9000      0.9000     +0.0000\n"
        "The current version is 20260304T120000.000Z.\n"
    )


def test_shows_what_is_worse_with_a_minus(dataset: Dataset) -> None:
    lines = format_comparison(dataset, "v1", number(0.95), number(0.85)).splitlines()
    assert [line.split()[-1] for line in lines[1:-1]] == ["-0.1000"] * len(NAMES)


def test_compares_nothing_that_one_of_them_does_not_have() -> None:
    table = format_comparison(build([1.0, 2.0], REGRESSION), "v1", {"mae": 2.0, "pinball_0.9": 1.0}, {"mae": 1234.5678})
    assert table == (
        "Test part              current   candidate  difference\n"
        "MAE                     2.0000     1234.57    +1232.57\n"
        "Pinball (0.9)           1.0000           -           -\n"
        "The current version is v1.\n"
    )


def test_reports_each_part_and_the_folds(dataset: Dataset) -> None:
    folds = {f"{name}_{kind}": {"mean": 0.8, "std": 0.05}[kind] for name in NAMES for kind in ("mean", "std")}
    metrics = {"train": number(1.0), "test": number(0.95), "cross_validation": folds}
    report = format_report(dataset, metrics, np.array([0, 1]), np.array([0, 1]))
    assert report.startswith(
        "                         train      test      cross-validation\n"
        "Accuracy                1.0000    0.9500     0.8000 +/- 0.0500\n"
        "Precision (macro)       0.9900    0.9400     0.8000 +/- 0.0500\n"
    )
    assert "\n\nClassification report, test part\n              precision    recall" in report


def test_reports_each_target_by_its_name() -> None:
    dataset = build([[1.0, 2.0], [3.0, 4.0]], REGRESSION, targets=["price", "rent of the whole year"])
    part = {"r2": 0.5, "mae": 2.0, "pinball_0.9": 1.0, "r2[price]": 0.4, "mae[rent of the whole year]": 3e6}
    assert format_report(dataset, {"train": part, "test": {"r2": -0.25}}, dataset.y, dataset.y) == (
        "                                    train      test      cross-validation\n"
        "R2                                 0.5000   -0.2500                     -\n"
        "MAE                                2.0000         -                     -\n"
        "Pinball (0.9)                      1.0000         -                     -\n"
        "R2 of price                        0.4000         -                     -\n"
        "MAE of rent of the whole year       3e+06         -                     -\n"
    )


def test_reports_no_target_by_its_name_where_there_are_many() -> None:
    dataset = build(np.arange(22.0).reshape(2, 11), REGRESSION)
    report = format_report(dataset, {"train": {"r2": 0.5, "r2[target_0]": 0.5}}, dataset.y, dataset.y)
    assert [line.split()[0] for line in report.splitlines()[1:]] == ["R2"]


def test_reports_what_has_no_classes_and_no_folds() -> None:
    report = format_report(build(None, CLUSTER), {"train": {"clusters": 3.0}, "test": {}}, None, None)
    assert report.splitlines()[1].split() == ["Clusters", "3.0000", "-", "-"]


@pytest.mark.parametrize(("n_classes", "is_reported"), [(30, True), (31, False)])
def test_reports_on_each_class_where_they_are_few(n_classes: int, is_reported: bool) -> None:
    dataset = build(list(range(n_classes)), "classification")
    assert ("Classification report" in format_report(dataset, EVEN, dataset.y, dataset.y)) is is_reported


def test_reports_on_no_class_where_nothing_was_tested(dataset: Dataset) -> None:
    assert "Classification report" not in format_report(dataset, EVEN, dataset.y[:0], dataset.y[:0])


def test_reports_on_classes_that_do_not_occur() -> None:
    dataset = build(["a", "b", "c"], "classification")
    report = format_report(dataset, EVEN, dataset.y[:2], dataset.y[:2])
    assert "           c     0.0000    0.0000    0.0000         0\n" in report
    assert "           b     1.0000    1.0000    1.0000         1\n" in report
