"""Trains the example model, evaluates it and, if it is good enough, publishes it and makes it the current version."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline

from app.artifacts import InvalidVersionName, check_version_name
from training.dataset import Split, load_dataset, split_dataset
from training.estimators import build_estimator, build_preprocessor
from training.evaluation import cross_validate, measure
from training.packing import Metrics, build_pipeline, create_version_name, pack
from training.progress import show_progress
from training.publishing import VersionExists, check_publishable, publish
from training.report import format_report

DEFAULT_SEED = 42
DEFAULT_MIN_ROC_AUC = 0.95


class NotGoodEnough(Exception):
    """The model misses the quality gate."""

    def __init__(self, roc_auc: float, min_roc_auc: float) -> None:
        super().__init__(
            f"Nothing was published: the ROC AUC on the test part is {roc_auc}, "
            f"and --min-roc-auc asks for {min_roc_auc} at least."
        )


def main(arguments: list[str] | None = None) -> None:
    """Train as the command line and the environment say.

    Exits with 1 when nothing was published and with 2 for a wrong option.
    """
    options = _build_parser(os.environ).parse_args(arguments)
    try:
        _train(options)
    except (NotGoodEnough, VersionExists, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")


def _train(options: argparse.Namespace) -> None:
    version = options.version or create_version_name()
    check_publishable(options.artifact_dir, version)
    dataset = load_dataset()
    split = split_dataset(dataset, options.seed)
    print(f"Data: {dataset.name}; {len(split.X_train)} rows to train on, {len(split.X_test)} to test on.\n", flush=True)

    pipeline, metrics = _fit_and_evaluate(split, options.seed)
    print(format_report(metrics, dataset.classes, split.y_test, pipeline.predict(split.X_test)))
    _check_quality(metrics, options.min_roc_auc)
    folder = publish(options.artifact_dir, version, pack(version, pipeline, dataset, split, metrics))
    print(f"Published {folder}; it is the current version.")


def _fit_and_evaluate(split: Split, seed: int) -> tuple[Pipeline, Metrics]:
    def build() -> Pipeline:
        return build_pipeline(build_preprocessor(), build_estimator(seed))

    folds = cross_validate(build, split.X_train, split.y_train, seed, show_progress)
    pipeline = build().fit(split.X_train, split.y_train)
    return pipeline, {
        "train": measure(pipeline, split.X_train, split.y_train),
        "test": measure(pipeline, split.X_test, split.y_test),
        "cross_validation": folds,
    }


def _check_quality(metrics: Metrics, min_roc_auc: float) -> None:
    roc_auc = metrics["test"]["roc_auc"]
    if not roc_auc >= min_roc_auc:
        raise NotGoodEnough(roc_auc, min_roc_auc)


def _build_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument(
        "--artifact-dir",
        type=Path,
        default=Path(environ.get("ARTIFACT_DIR", "").strip() or "artifacts"),
        help="where versions are published (default: $ARTIFACT_DIR, else artifacts)",
    )
    parser.add_argument(
        "--version",
        type=_parse_version,
        default=environ.get("MODEL_VERSION", "").strip() or None,
        help="the name to publish under (default: $MODEL_VERSION, else the time)",
    )
    parser.add_argument(
        "--min-roc-auc",
        type=_parse_share,
        default=DEFAULT_MIN_ROC_AUC,
        metavar="SHARE",
        help="publish nothing when the ROC AUC on the test part is below this (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=_parse_seed,
        default=DEFAULT_SEED,
        help="of the split, the folds and the estimator (default: %(default)s)",
    )
    return parser


def _parse_version(text: str) -> str:
    try:
        check_version_name(text)
    except InvalidVersionName as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _parse_share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = np.nan
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, not {text!r}")
    return share


def _parse_seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 4294967295, not {text!r}")
    return int(text)


if __name__ == "__main__":
    main()
