"""Tasks: for each, how its models are measured, what the metrics are called and which of them the gates look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from training import tasks
from training.evaluation import classification, cluster, multilabel, outlier, regression
from training.tasks import find_task

_Measure = Callable[[Any, Any, Any, Sequence[str]], dict[str, float]]
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
    tasks.CLASSIFICATION: Evaluation(
        lambda pipeline, X, y, _: classification.measure(pipeline, X, y), classification.LABELS, ("roc_auc", "f1_macro")
    ),
    tasks.REGRESSION: Evaluation(regression.measure, regression.LABELS, ("r2", "mae")),
    tasks.MULTILABEL: Evaluation(
        lambda pipeline, X, y, _: multilabel.measure(pipeline, X, y), multilabel.LABELS, ("f1_macro",)
    ),
    tasks.MULTIOUTPUT: Evaluation(multilabel.measure_outputs, multilabel.MULTIOUTPUT_LABELS, ("accuracy",)),
    tasks.OUTLIER: Evaluation(lambda pipeline, X, y, _: outlier.measure(pipeline, X, y), outlier.LABELS, ("roc_auc",)),
    tasks.CLUSTER: Evaluation(lambda pipeline, X, y, _: cluster.measure(pipeline, X), cluster.LABELS),
}


def measure(pipeline: Any, X: Any, y: Any, task: str | None = None, targets: Sequence[str] = ()) -> dict[str, float]:
    """Return the metrics of a fitted pipeline on rows that it may or may not have seen; none for no rows.

    The task is that of the pipeline and `y`, unless it is named; `targets` name the columns of `y`.
    """
    if len(X) == 0:
        return {}
    return TASKS[task or find_task(pipeline, y)].measure(pipeline, X, y, targets)


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
