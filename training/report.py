"""The report of a training on the screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import classification_report

_LABELS = {
    "accuracy": "Accuracy",
    "precision_macro": "Precision (macro)",
    "recall_macro": "Recall (macro)",
    "f1_macro": "F1 (macro)",
    "roc_auc": "ROC AUC",
    "average_precision": "Average precision",
}


def format_report(
    metrics: dict[str, dict[str, float]], classes: list[str], y: NDArray[np.int64], predicted: NDArray[np.int64]
) -> str:
    """Return the table of metrics, and the classification report of the test part."""
    rows = [f"{'':<20}{'train':>10}{'test':>10}{'cross-validation':>22}"]
    for name, label in _LABELS.items():
        folds = metrics["cross_validation"]
        spread = f"{folds[f'{name}_mean']:.4f} +/- {folds[f'{name}_std']:.4f}"
        rows.append(f"{label:<20}{metrics['train'][name]:>10.4f}{metrics['test'][name]:>10.4f}{spread:>22}")
    report = classification_report(y, predicted, target_names=classes, digits=4, zero_division=0)
    return "\n".join(rows) + f"\n\nClassification report, test part\n{report}"


def format_comparison(version: str, champion: dict[str, float], candidate: dict[str, float]) -> str:
    """Return the metrics of the current version and of the candidate on the test part, side by side."""
    rows = [f"{'Test part':<20}{'current':>10}{'candidate':>12}{'difference':>12}"]
    for name, label in _LABELS.items():
        difference = candidate[name] - champion[name]
        rows.append(f"{label:<20}{champion[name]:>10.4f}{candidate[name]:>12.4f}{difference:>+12.4f}")
    return "\n".join(rows) + f"\nThe current version is {version}.\n"
