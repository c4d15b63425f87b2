"""Trains a model on a table of your own, or the example's, and publishes it if it is good enough."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from functools import partial

from sklearn.pipeline import Pipeline

from app.artifacts import ArtifactError, InvalidVersionName, load_private_key
from app.artifacts.errors import NotPublishable
from app.publishing.code_files import read_code
from app.publishing.store import VersionExists, check_publishable
from training.dataset import Dataset, load_dataset
from training.errors import DatasetInvalid, EstimatorUnusable
from training.estimators import build_estimator, build_preprocessor
from training.evaluation import BuildPipeline
from training.fitting import FitFailed
from training.gate_options import build_gates
from training.gates import NotGoodEnough
from training.options import DEFAULT_SEED, build_parser
from training.packing import build_pipeline
from training.run import Plan, train
from training.version_name import choose_version_name

__all__ = ["DEFAULT_SEED", "main"]

DEFAULT_MIN_ROC_AUC = 0.95
"""What is asked of the example, of which it is known how good a model can be."""


def main(arguments: list[str] | None = None) -> None:
    """Train as the command line and the environment say.

    Exits with 1 when nothing was published and with 2 for a wrong option.
    """
    parser = build_parser(os.environ, __doc__)
    options = parser.parse_args(arguments)
    if options.data is None and (strange := _find_option_of_tables(options)):
        parser.error(f"{strange} is for a table of your own: name its file with --data, or DATA=FILE for make")
    try:
        _train(options)
    except (
        NotGoodEnough, FitFailed, DatasetInvalid, EstimatorUnusable, NotPublishable, VersionExists, InvalidVersionName,
        ArtifactError, OSError,
    ) as error:  # fmt: skip
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")


def _find_option_of_tables(options: argparse.Namespace) -> str | None:
    names = ("target", "kind", "drop", "missing", "groups", "time", "task", "estimator", "code")
    return next((f"--{name}" for name in names if getattr(options, name)), None)


def _train(options: argparse.Namespace) -> None:
    version = options.version or choose_version_name(options.artifact_dir, os.environ.get("MODEL_VERSION", "").strip())
    check_publishable(options.artifact_dir, version)
    signing_key = load_private_key(options.signing_key_file) if options.signing_key_file else None
    code = read_code(options.code) if options.code else {}
    dataset, candidates, kinds = _load(options)
    if options.data is None and options.min_roc_auc is None:
        options.min_roc_auc = DEFAULT_MIN_ROC_AUC
    plan = Plan(
        artifact_dir=options.artifact_dir,
        version=version,
        seed=options.seed,
        gates=build_gates(options),
        signing_key=signing_key,
        kinds=kinds,
        code=code,
        show=partial(print, flush=True),
    )
    train(dataset, candidates, plan)
    if options.data is not None:
        print("Serve it: make run. A server that runs already takes it over with: make reload.")


def _load(options: argparse.Namespace) -> tuple[Dataset, Mapping[str, BuildPipeline], Mapping[str, str]]:
    """Return the data, the models to train on them, and what is known of the kinds of the columns."""
    if options.data is None:
        return load_dataset(), {"": partial(_build_example, options.seed)}, {}
    from training.table_run import load_table  # with pandas, which the example does without

    return load_table(options)


def _build_example(seed: int) -> Pipeline:
    return build_pipeline(build_preprocessor(), build_estimator(seed))


if __name__ == "__main__":
    main()
