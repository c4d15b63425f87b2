"""The table of `flask models list`, for versions of each task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.artifacts.catalog import PublishedVersion
from app.commands.catalog_table import format_table
from tests.support.small_models import get_small_model

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def build_version(small: str, name: str, metrics: Any) -> PublishedVersion:
    """Return the version of a small model, made an hour ago, with these metrics of the test part."""
    metadata = replace(
        get_small_model(small).artifact.metadata,
        created_at="2026-03-04T11:00:00",
        metrics={"test": metrics},
        library_versions={"scikit-learn": "1.9.1"},
    )
    return PublishedVersion(name, metadata, None, False, False)


@pytest.mark.parametrize(
    ("small", "metrics", "table"),
    [
        (
            "regression",
            {"r2": 0.48257, "mae": 44123.25, "rmse": 55.0},
            "VERSION     AGE      R2      MAE  SCIKIT-LEARN\nv1       1 hour  0.4826  44123.2  1.9.1",
        ),
        (
            "multilabel",
            {"f1_macro": 0.75, "hamming_loss": 0.125},
            "VERSION     AGE      F1  HAMMING LOSS  SCIKIT-LEARN\nv1       1 hour  0.7500        0.1250  1.9.1",
        ),
        (
            "multioutput",
            {"accuracy": 0.875},
            "VERSION     AGE  ACCURACY  SCIKIT-LEARN\nv1       1 hour    0.8750  1.9.1",
        ),
        ("outlier", {}, "VERSION     AGE  ROC AUC  SCIKIT-LEARN\nv1       1 hour        -  1.9.1"),
        (
            "cluster",
            {"silhouette": 0.5},
            "VERSION     AGE  SILHOUETTE  SCIKIT-LEARN\nv1       1 hour      0.5000  1.9.1",
        ),
        (
            "scores",
            {"accuracy": 1.0},
            "VERSION     AGE  ACCURACY  ROC AUC  SCIKIT-LEARN\nv1       1 hour    1.0000        -  1.9.1",
        ),
    ],
)
def test_shows_the_metrics_of_the_task(small: str, metrics: dict[str, float], table: str) -> None:
    assert format_table([build_version(small, "v1", metrics)], NOW) == table


def test_shows_versions_of_several_tasks_in_one_table() -> None:
    versions = [
        build_version("mixed", "v2", {"accuracy": 0.9, "roc_auc": 0.95, "r2": 0.1}),
        build_version("regression", "v1", {"r2": -3.5, "mae": 2}),
    ]
    assert format_table(versions, NOW) == (
        "VERSION     AGE  ACCURACY  ROC AUC    R2  MAE  SCIKIT-LEARN\n"
        "v2       1 hour    0.9000   0.9500     -    -  1.9.1\n"
        "v1       1 hour         -        -  -3.5    2  1.9.1"
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, "0.5", None, True, [1]])
def test_shows_nothing_in_place_of_what_is_no_metric(value: object) -> None:
    row = format_table([build_version("regression", "v1", {"mae": value})], NOW).splitlines()[1]
    assert row.split() == ["v1", "1", "hour", "-", "-", "1.9.1"]
