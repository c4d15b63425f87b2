"""Quality gates: what a model must reach for it to be published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.evaluation.regression import PINBALL
from app.evaluation.tasks import TASKS, choose_gate_metric, is_error, name_metric
from training.baseline import Baseline
from training.comparison import Champion
from training.tasks import REGRESSION

_PARTS = {"test": "on the test part", "cross_validation": "over the folds", "sample": "on the sample"}

Metrics = dict[str, dict[str, float]]


class NotGoodEnough(Exception):
    """The model misses a quality gate."""


@dataclass(frozen=True)
class Bound:
    """What one metric must reach, and the option that asks for that."""

    metric: str
    value: float
    option: str
    is_minimum: bool = True

    def is_kept_by(self, value: float) -> bool:
        """Return whether a value of the metric is within the bound."""
        return value >= self.value if self.is_minimum else value <= self.value


@dataclass(frozen=True)
class Gates:
    """All that is asked of a model. Where no bound is, it must be better than the baseline."""

    bounds: Sequence[Bound] = ()
    tolerance: float | None = None
    """How much worse than the current version it may be; `None` where that does not matter."""

    def check_metrics_exist(self, task: str, targets: Sequence[str] = ()) -> None:
        """Raise `NotGoodEnough` where a bound is on a metric that the task does not have; before anything is fitted."""
        for bound in self.bounds:
            name, bracket, target = bound.metric.removesuffix("]").partition("[")
            is_known = name in TASKS[task].labels or (task == REGRESSION and name.startswith(PINBALL))
            if not is_known or (bracket and target not in targets):
                raise NotGoodEnough(
                    f"Nothing was trained: {bound.option} names no metric of {task}. "
                    f"There are {', '.join(TASKS[task].labels)}."
                )


def check_gates(
    gates: Gates, task: str, metrics: Metrics, champion: Champion | None = None, baseline: Baseline | None = None
) -> None:
    """Raise `NotGoodEnough` where the model misses a gate.

    The test part decides, or the folds where there is none; of a model that was fitted already, its sample.
    """
    part, measured = _choose_part(metrics)
    for bound in gates.bounds:
        _check_bound(bound, task, part, measured)
    if not gates.bounds and baseline is not None:
        _check_baseline(baseline, task, part, measured)
    if champion is not None and gates.tolerance is not None:
        _check_champion(champion, gates.tolerance, task, part, measured)


def _choose_part(metrics: Metrics) -> tuple[str, dict[str, float]]:
    """Return the part that decides, and its metrics by their plain names."""
    for part in ("test", "sample"):
        if metrics.get(part):
            return part, metrics[part]
    folds = metrics.get("cross_validation", {})
    if not folds:
        raise NotGoodEnough(
            "Nothing was published: there are no rows to test on and no folds, so that nothing says whether the model "
            "is any good. Train it on more rows."
        )
    return "cross_validation", _take_means(folds)


def _take_means(folds: dict[str, float]) -> dict[str, float]:
    return {name.removesuffix("_mean"): value for name, value in folds.items() if name.endswith("_mean")}


def _name(task: str, metric: str) -> str:
    """Return what a metric is called within a sentence: `accuracy`, and `ROC AUC` as ever."""
    label = name_metric(task, metric)
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def _check_bound(bound: Bound, task: str, part: str, measured: dict[str, float]) -> None:
    value = measured.get(bound.metric)
    if value is None:
        raise NotGoodEnough(
            f"Nothing was published: {bound.option} asks for a metric that has no value {_PARTS[part]}; "
            f"there are {', '.join(measured)}."
        )
    if not bound.is_kept_by(value):
        side = "at least" if bound.is_minimum else "at most"
        raise NotGoodEnough(
            f"Nothing was published: the {_name(task, bound.metric)} {_PARTS[part]} is {value}, "
            f"and {bound.option} asks for {bound.value} {side}."
        )


def _check_baseline(baseline: Baseline, task: str, part: str, measured: dict[str, float]) -> None:
    of_part = baseline.metrics[part]
    references = of_part if part == "test" else _take_means(of_part)
    metric = choose_gate_metric(task, {name: measured[name] for name in measured if name in references})
    if metric is None:
        return
    value, reference = measured[metric], references[metric]
    if not (value < reference if is_error(metric) else value > reference):
        option = "--max" if is_error(metric) else "--min"
        raise NotGoodEnough(
            f"Nothing was published: the {_name(task, metric)} {_PARTS[part]} is {value}, no better than the "
            f"{reference} of a model that {baseline.description}. {option} {metric}=VALUE asks for another bound."
        )


def _check_champion(champion: Champion, tolerance: float, task: str, part: str, measured: dict[str, float]) -> None:
    metric = choose_gate_metric(task, measured)
    if metric is None or metric not in champion.metrics or part != "test":
        raise NotGoodEnough(
            "Nothing was published: --require-not-worse asks for a comparison with the current version "
            f"{champion.version}, and there is no metric to compare on the test part."
        )
    value, reference = measured[metric], champion.metrics[metric]
    worse = "more" if is_error(metric) else "less"
    is_within = value <= reference + tolerance if is_error(metric) else value >= reference - tolerance
    if not is_within:
        raise NotGoodEnough(
            f"Nothing was published: the {_name(task, metric)} {_PARTS[part]} is {value}, that of the current "
            f"version {champion.version} is {reference}, and --require-not-worse allows {tolerance} {worse}."
        )
