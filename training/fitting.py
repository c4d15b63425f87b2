"""Fitting: from an unfitted pipeline and a split to a candidate for publishing, with its metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from app.engines.parallelism import use_single_thread
from training.baseline import Baseline, measure_baseline
from training.dataset import Split
from training.errors import EstimatorUnusable
from training.evaluation import BuildPipeline, measure
from training.folds import choose_folds
from training.model_choice import choose_model
from training.progress import show_nothing
from training.tasks import CLASSIFICATION, name_estimator

ShowStage = Callable[[str], AbstractContextManager[None]]


class FitFailed(Exception):
    """An estimator could not be fitted to the data, or not be measured on it; what it said is the cause."""

    def __init__(self, error: Exception) -> None:
        said = str(error).strip().partition("\n")[0].rstrip(".")
        super().__init__(
            "Nothing was published: the pipeline cannot be fitted to the data, or does not answer for some of them "
            f"({type(error).__name__}: {said})."
        )


@dataclass(frozen=True)
class Candidate:
    """A fitted pipeline, which answers in one thread, and all that says how good it is."""

    pipeline: Pipeline
    metrics: dict[str, dict[str, float]]
    """By part: `train`, `test`, `cross_validation`."""
    baseline: Baseline | None = None
    warnings: tuple[str, ...] = ()
    """What whoever trains should know of the cross-validation, a sentence each."""
    choice: str = ""
    """Which of several models this is, and why: a sentence."""


def fit_candidate(
    candidates: BuildPipeline | Mapping[str, BuildPipeline],
    split: Split,
    seed: int,
    *,
    with_baseline: bool = True,
    show_stage: ShowStage = show_nothing,
) -> Candidate:
    """Cross-validate a pipeline, fit it to all rows to train on and measure it; of several, the best over the folds.

    Raises `FitFailed`.
    """
    folds = choose_folds(split, seed)
    try:
        chosen = choose_model(candidates if isinstance(candidates, Mapping) else {"": candidates}, split, folds)
        with show_stage("Final fit"):
            pipeline = chosen.build_pipeline().fit(split.X_train, split.y_train)
        use_single_thread(pipeline)
        with show_stage("Metrics"):
            metrics = {
                "train": measure(pipeline, split.X_train, split.y_train, split.task, split.targets),
                "test": measure(pipeline, split.X_test, split.y_test, split.task, split.targets),
                "cross_validation": chosen.scores,
            }
    except Exception as error:  # whatever an estimator raises
        raise FitFailed(error) from error
    baseline = None
    if with_baseline:
        with show_stage("Baseline"):
            baseline = measure_baseline(pipeline, split, folds)
    return Candidate(pipeline, metrics, baseline, folds.warnings, chosen.reason)


def check_estimator(pipeline: Any, split: Split) -> None:
    """Raise `EstimatorUnusable` where an estimator says that it cannot learn as many classes; before it is fitted."""
    if split.task != CLASSIFICATION:
        return
    tags = get_tags(pipeline).classifier_tags
    n_classes = len(set(split.y_train.tolist()))
    if tags is not None and not tags.multi_class and n_classes > 2:
        raise EstimatorUnusable(
            f"{name_estimator(pipeline)} tells two classes apart, and y holds {n_classes}: "
            "choose an estimator for several classes."
        )
