"""The choice between models: the better one by cross-validation, over the same folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from app.evaluation.tasks import choose_gate_metric, is_error, name_metric
from training.dataset import Split
from training.evaluation import BuildPipeline, cross_validate
from training.folds import Folds
from training.progress import show_progress


@dataclass(frozen=True)
class ChosenModel:
    """The chosen model, how it is built, its metrics over the folds, and a sentence that says why it was chosen."""

    name: str
    build_pipeline: BuildPipeline
    scores: dict[str, float]
    reason: str


def choose_model(candidates: Mapping[str, BuildPipeline], split: Split, folds: Folds) -> ChosenModel:
    """Return the best of the models by the metric that the gates look at; the first one where there are no folds.

    Of equal ones it is the first too.
    """
    scores = {
        name: cross_validate(build, split, folds, partial(show_progress, label=f"Fold of {name}" if name else "Fold"))
        for name, build in candidates.items()
    }
    means = {
        name: {metric.removesuffix("_mean"): value for metric, value in of.items() if metric.endswith("_mean")}
        for name, of in scores.items()
    }
    shared = [metric for metric in next(iter(means.values())) if all(metric in of for of in means.values())]
    metric = choose_gate_metric(split.task, dict.fromkeys(shared, 0.0))
    if metric is None or len(candidates) == 1:
        name = next(iter(candidates))
        return ChosenModel(name, candidates[name], scores[name], f"The model: {name}." if name else "")
    best = (min if is_error(metric) else max)(means, key=lambda name: means[name][metric])
    return ChosenModel(
        best, candidates[best], scores[best], _explain(best, means, name_metric(split.task, metric), metric)
    )


def _explain(best: str, means: Mapping[str, Mapping[str, float]], label: str, metric: str) -> str:
    others: Sequence[str] = [f"{of[metric]:.4f} of {name}" for name, of in means.items() if name != best]
    return (
        f"The model: {best}, as its {label} over the folds is {means[best][metric]:.4f}, against {', '.join(others)}."
    )
