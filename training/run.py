"""A run of training: from data and models to a version that is published, or to a sentence that says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from threadpoolctl import threadpool_limits

from app.publishing.store import publish
from app.publishing.trial import read_load_timeout, try_version
from training.comparison import Champion, NotComparable, measure_champion
from training.dataset import Dataset, Split
from training.evaluation import BuildPipeline, predict
from training.fitting import Candidate, check_estimator, fit_candidate
from training.gates import Gates, NotGoodEnough, check_gates
from training.own_code import Code, carry_along, list_own_modules
from training.packing import Metrics, pack
from training.picklable import check_picklable
from training.progress import show_stage
from training.report import format_comparison, format_report
from training.splitting import split_dataset

# With fewer numbers to learn from, threads that share the work wait for one another longer than they save.
_FEW_NUMBERS = 2_000_000


@dataclass(frozen=True)
class Plan:
    """What a run is told besides the data and the models."""

    artifact_dir: Path
    version: str
    seed: int
    gates: Gates = Gates()
    signing_key: Ed25519PrivateKey | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    """What overrules the kinds that are found in the columns, by name."""
    code: Code = field(default_factory=dict)
    """The files of code of one's own that the version brings along."""
    load_timeout_seconds: int = field(default_factory=read_load_timeout)
    """How long the version may take to load in its trial."""
    show: Callable[[str], None] = print
    """What is handed each part of the report."""


@dataclass(frozen=True)
class PublishedModel:
    """A version that was published, and is the current one."""

    version: str
    folder: Path
    metrics: Metrics
    """By part, `train`, `test` and `cross_validation`, and by name."""


def train(dataset: Dataset, candidates: Mapping[str, BuildPipeline], plan: Plan) -> PublishedModel:
    """Train the models, and publish the best of them once it has passed the gates and the trial.

    Whether it is not to be, is found before anything is fitted where it can be. Raises `NotGoodEnough`,
    `EstimatorUnusable`, `FitFailed`, `NotPublishable`, `VersionExists` or `OSError`.
    """
    plan.gates.check_metrics_exist(dataset.task, dataset.targets)
    split = split_dataset(dataset, plan.seed)
    for build in candidates.values():
        check_picklable(build(), list_own_modules(plan.code))
        check_estimator(build(), split)
        carry_along(build(), plan.code)
    champion = _find_champion(dataset, split, plan)
    plan.show(f"Data: {dataset.name}; {len(split.X_train)} rows to train on, {len(split.X_test)} to test on.\n")
    _show_warnings(split.warnings, plan)
    candidate = _fit(candidates, split, plan)
    _report(dataset, split, candidate, champion, plan)
    check_gates(plan.gates, dataset.task, candidate.metrics, champion, candidate.baseline)
    return publish_pipeline(candidate.pipeline, dataset, split, candidate.metrics, plan)


def publish_pipeline(pipeline: Any, dataset: Dataset, split: Split, metrics: Metrics, plan: Plan) -> PublishedModel:
    """Publish a fitted pipeline, with its own code, once a server would serve it, and say so.

    Raises `NotPublishable`, `VersionExists` or `OSError`.
    """
    own = carry_along(pipeline, plan.code)
    files = pack(plan.version, own, dataset, split, metrics, plan.signing_key, plan.kinds, plan.code)
    attempt = partial(try_version, plan.artifact_dir, plan.version, plan.load_timeout_seconds)
    folder = publish(plan.artifact_dir, plan.version, files, attempt)
    plan.show(f"Published {folder}{', signed' if plan.signing_key else ''}; it is the current version.")
    return PublishedModel(plan.version, folder, metrics)


def _fit(candidates: Mapping[str, BuildPipeline], split: Split, plan: Plan) -> Candidate:
    with_baseline = not plan.gates.bounds
    with _limit_threads(split):
        return fit_candidate(candidates, split, plan.seed, with_baseline=with_baseline, show_stage=show_stage)


@contextmanager
def _limit_threads(split: Split) -> Iterator[None]:
    n_numbers = np.size(split.X_train) if isinstance(split.X_train, np.ndarray) else split.X_train.size
    with threadpool_limits(1 if n_numbers < _FEW_NUMBERS else None, user_api="openmp"):
        yield


def _report(dataset: Dataset, split: Split, candidate: Candidate, champion: Champion | None, plan: Plan) -> None:
    _show_warnings(candidate.warnings, plan)
    if candidate.choice:
        plan.show(f"{candidate.choice}\n")
    predicted = predict(candidate.pipeline, split.X_test)
    plan.show(format_report(dataset, candidate.metrics, split.y_test, predicted))
    if champion:
        plan.show(format_comparison(dataset, champion.version, champion.metrics, candidate.metrics["test"]))


def _find_champion(dataset: Dataset, split: Split, plan: Plan) -> Champion | None:
    """Return what the candidate is compared with; before it is trained, as that may take hours."""
    public_key = plan.signing_key.public_key() if plan.signing_key else None
    try:
        return measure_champion(plan.artifact_dir, dataset, split, public_key)
    except NotComparable as error:
        if plan.gates.tolerance is not None:
            raise NotGoodEnough(
                f"Nothing was trained: --require-not-worse asks for a comparison with the current version. {error} "
                "Without that option the new version is published whatever the current one is."
            ) from error
        plan.show(f"There is no comparison with the current version. {error}\n")
        return None


def _show_warnings(warnings: tuple[str, ...], plan: Plan) -> None:
    if warnings:
        plan.show("\n".join(warnings) + "\n")
