from __future__ import annotations

import numpy as np

from training.report import format_comparison, format_report

NAMES = ("accuracy", "precision_macro", "recall_macro", "f1_macro", "roc_auc", "average_precision")


def number(first: float, step: float = 0.01) -> dict[str, float]:
    """Return a value for each metric, every one lower than the one before."""
    return {name: first - step * index for index, name in enumerate(NAMES)}


def test_compares_the_current_version_with_the_candidate_side_by_side() -> None:
    candidate = {**number(0.95), "accuracy": 0.98765, "roc_auc": 0.91}
    assert format_comparison("20260304T120000.000Z", number(0.95), candidate) == (
        "Test part              current   candidate  difference\n"
        "Accuracy                0.9500      0.9877     +0.0377\n"
        "Precision (macro)       0.9400      0.9400     +0.0000\n"
        "Recall (macro)          0.9300      0.9300     +0.0000\n"
        "F1 (macro)              0.9200      0.9200     +0.0000\n"
        "ROC AUC                 0.9100      0.9100     +0.0000\n"
        "Average precision       0.9000      0.9000     +0.0000\n"
        "The current version is 20260304T120000.000Z.\n"
    )


def test_shows_what_is_worse_with_a_minus() -> None:
    lines = format_comparison("v1", number(0.95), number(0.85)).splitlines()
    assert [line.split()[-1] for line in lines[1:-1]] == ["-0.1000"] * len(NAMES)


def test_reports_each_part_and_the_folds() -> None:
    folds = {f"{name}_{kind}": {"mean": 0.8, "std": 0.05}[kind] for name in NAMES for kind in ("mean", "std")}
    metrics = {"train": number(1.0), "test": number(0.95), "cross_validation": folds}
    report = format_report(metrics, ["no", "yes"], np.array([0, 1]), np.array([0, 1]))
    assert report.startswith(
        "                         train      test      cross-validation\n"
        "Accuracy                1.0000    0.9500     0.8000 +/- 0.0500\n"
        "Precision (macro)       0.9900    0.9400     0.8000 +/- 0.0500\n"
    )
    assert "\n\nClassification report, test part\n              precision    recall" in report
