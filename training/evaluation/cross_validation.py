"""Cross-validation: the metrics over folds, a new pipeline fitted for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from training.dataset import Split
from training.evaluation.predicting import measure
from training.folds import Folds
from training.instances import take_rows

BuildPipeline = Callable[[], Pipeline]
_Rows = NDArray[np.int64]


def cross_validate(
    build_pipeline: BuildPipeline,
    split: Split,
    folds: Folds,
    show_progress: Callable[[Sequence[Any]], Iterable[Any]] = iter,
) -> dict[str, float]:
    """Return the mean and the standard deviation of each metric over the folds of the rows to train on.

    A metric counts in the folds in which it has a value. `show_progress` is handed the folds and hands them on one by
    one. Where there are no folds, there are no metrics.
    """
    scores = [
        _measure_fold(build_pipeline(), split, train, held_out) for train, held_out in show_progress(folds.splits)
    ]
    return dict(_summarize(scores))


def _measure_fold(pipeline: Pipeline, split: Split, train: _Rows, held_out: _Rows) -> dict[str, float]:
    X, y = split.X_train, split.y_train
    pipeline.fit(take_rows(X, train), take_rows(y, train))
    return measure(pipeline, take_rows(X, held_out), take_rows(y, held_out), split.task, split.targets)


def _summarize(scores: list[dict[str, float]]) -> Iterator[tuple[str, float]]:
    names = dict.fromkeys(name for score in scores for name in score)
    for name in names:
        values = [score[name] for score in scores if name in score]
        yield f"{name}_mean", float(np.mean(values))
        yield f"{name}_std", float(np.std(values))
