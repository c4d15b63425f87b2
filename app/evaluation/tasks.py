"""Tasks: for each, how its models are measured, what the metrics are called and which of them the gates look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.evaluation import classification, cluster, multilabel, outlier, regression
from app.evaluation.predictions import Predictions

_Measure = Callable[[Predictions, Any, Sequence[str]], dict[str, float]]
_ERRORS = ("mae", "rmse", "hamming_loss", regression.PINBALL)


@dataclass(frozen=True)
class Evaluation:
    """How the models of one task are measured."""

    measure: _Measure
    labels: dict[str, str]
    """What each metric is called in a report, in its order."""
    gate_metrics: tuple[str, ...] = ()
    """What says whether a model is any good: the first of these that was measured; none where nothing does."""


TASKS = {
    "classification": Evaluation(
        lambda predictions, y, _: classification.measure(predictions, y), classification.LABELS, ("roc_auc", "f1_macro")
    ),
    "regression": Evaluation(regression.measure, regression.LABELS, ("r2", "mae")),
    "multilabel": Evaluation(
        lambda predictions, y, _: multilabel.measure(predictions, y), multilabel.LABELS, ("f1_macro",)
    ),
    "multioutput": Evaluation(multilabel.measure_outputs, multilabel.MULTIOUTPUT_LABELS, ("accuracy",)),
    "outlier": Evaluation(lambda predictions, y, _: outlier.measure(predictions, y), outlier.LABELS, ("roc_auc",)),
    "cluster": Evaluation(lambda predictions, y, _: cluster.measure(predictions), cluster.LABELS),
}


def measure_predictions(task: str, predictions: Predictions, y: Any, targets: Sequence[str] = ()) -> dict[str, float]:
    """Return the metrics of the answers of a model; none for no rows.

    y : what was right, in the words of `predictions`; `None` of clusterers, and of detectors where nobody knows.
    targets : names of the columns of `y`
    """
    return TASKS[task].measure(predictions, y, targets) if len(predictions.predicted) else {}


def choose_gate_metric(task: str, metrics: dict[str, float]) -> str | None:
    """Return the metric that says whether a model is any good, `None` where none does.

    It is the pinball loss for what predicts one quantile, as its R2 says nothing.
    """
    losses = [name for name in metrics if name.startswith(regression.PINBALL) and "[" not in name]
    if len(losses) == 1:
        return losses[0]
    return next((name for name in TASKS[task].gate_metrics if name in metrics), None)


def is_error(metric: str) -> bool:
    """Return whether less of a metric is better."""
    return metric.partition("[")[0].startswith(_ERRORS)


def name_metric(task: str, metric: str) -> str:
    """Return what a metric is called in a report: `RMSE` for `rmse`, `RMSE of price` for `rmse[price]`."""
    name, _, target = metric.removesuffix("]").partition("[")
    if name.startswith(regression.PINBALL):
        label = f"Pinball ({name.removeprefix(regression.PINBALL)})"
    else:
        label = TASKS[task].labels.get(name, name)
    return f"{label} of {target}" if target else label
