"""The report of a training on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sklearn.metrics import classification_report

from app.evaluation.tasks import TASKS, name_metric
from training.dataset import Dataset
from training.tasks import CLASSIFICATION

MAX_CLASSES = 30
MAX_TARGETS = 10
_NONE = "-"

_Values = Mapping[str, float]


def format_report(dataset: Dataset, metrics: Mapping[str, _Values], y: Any, predicted: Any) -> str:
    """Return the table of metrics, and the classification report of the test part where the classes are few.

    `y` and `predicted` are the classes of the test part.
    """
    folds = metrics.get("cross_validation", {})
    train, test = metrics.get("train", {}), metrics.get("test", {})
    means = {name.removesuffix("_mean"): value for name, value in folds.items() if name.endswith("_mean")}
    rows = [("", "train", "test", "cross-validation")]
    for name in _list_names(dataset.task, dataset.targets, train, test, means):
        spread = f"{_format(means[name])} +/- {_format(folds[f'{name}_std'])}" if name in means else _NONE
        cells = (_format_cell(train, name), _format_cell(test, name), spread)
        rows.append((name_metric(dataset.task, name), *cells))
    return _format_table(rows, (20, 10, 10, 22)) + _format_classes(dataset, y, predicted)


def format_comparison(dataset: Dataset, version: str, champion: _Values, candidate: _Values) -> str:
    """Return the metrics of the current version and of the candidate on the test part, side by side."""
    rows = [("Test part", "current", "candidate", "difference")]
    for name in _list_names(dataset.task, dataset.targets, champion, candidate):
        is_in_both = name in champion and name in candidate
        difference = _format(candidate[name] - champion[name], sign="+") if is_in_both else _NONE
        cells = (_format_cell(champion, name), _format_cell(candidate, name), difference)
        rows.append((name_metric(dataset.task, name), *cells))
    return _format_table(rows, (20, 10, 12, 12)) + f"\nThe current version is {version}.\n"


def _list_names(task: str, targets: Sequence[str], *parts: _Values) -> list[str]:
    """Return the metrics that any part has, those of all targets first; those of each where the targets are few."""
    names = dict.fromkeys(name for part in parts for name in part)
    known = [name for name in TASKS[task].labels if name in names]
    overall = [name for name in names if "[" not in name and name not in known]
    of_targets = [name for name in names if "[" in name] if len(targets) <= MAX_TARGETS else []
    return known + overall + of_targets


def _format_table(rows: Iterable[Sequence[str]], least_widths: Sequence[int]) -> str:
    """Return rows with a label each, the columns two blanks apart at least."""
    cells = list(rows)
    longest = [max(len(row[column]) for row in cells) + 2 for column in range(len(least_widths))]
    label_width, *widths = [max(pair) for pair in zip(longest, least_widths, strict=True)]
    return "\n".join(
        f"{label:<{label_width}}" + "".join(f"{cell:>{width}}" for cell, width in zip(others, widths, strict=True))
        for label, *others in cells
    )


def _format_cell(part: _Values, name: str) -> str:
    return _format(part[name]) if name in part else _NONE


def _format(value: float, sign: str = "") -> str:
    return f"{value:{sign}.4f}" if abs(value) < 1000 else f"{value:{sign}.6g}"


def _format_classes(dataset: Dataset, y: Any, predicted: Any) -> str:
    if dataset.task != CLASSIFICATION or len(dataset.classes) > MAX_CLASSES or len(y) == 0:
        return "\n"
    names = [str(each) for each in dataset.classes]
    report = classification_report(
        y, predicted, labels=dataset.own_classes, target_names=names, digits=4, zero_division=0
    )
    return f"\n\nClassification report, test part\n{report}"
