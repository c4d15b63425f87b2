"""Trains the example model, evaluates it and, if it is good enough, publishes it and makes it the current version."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sklearn.pipeline import Pipeline

from app.artifacts import InvalidVersionName, KeyUnusable, check_version_name, load_private_key
from training.comparison import Champion, NotComparable, measure_champion
from training.dataset import Dataset, Split, load_dataset
from training.errors import DatasetInvalid, EstimatorUnusable
from training.estimators import build_estimator, build_preprocessor
from training.evaluation.predicting import predict
from training.fitting import FitFailed, check_estimator, fit_candidate
from training.gate_options import add_gate_options, build_gates
from training.gates import NotGoodEnough, check_gates
from training.packing import build_pipeline, pack
from training.picklable import check_picklable
from training.publishing import VersionExists, check_publishable, publish
from training.report import format_comparison, format_report
from training.splitting import split_dataset
from training.version_name import choose_version_name

DEFAULT_SEED = 42
DEFAULT_MIN_ROC_AUC = 0.95


def main(arguments: list[str] | None = None) -> None:
    """Train as the command line and the environment say.

    Exits with 1 when nothing was published and with 2 for a wrong option.
    """
    options = _build_parser(os.environ).parse_args(arguments)
    try:
        _train(options)
    except (
        NotGoodEnough, FitFailed, DatasetInvalid, EstimatorUnusable, VersionExists, InvalidVersionName, KeyUnusable, OSError,
    ) as error:  # fmt: skip
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")


def _train(options: argparse.Namespace) -> None:
    version = options.version or choose_version_name(options.artifact_dir, os.environ.get("MODEL_VERSION", "").strip())
    check_publishable(options.artifact_dir, version)
    signing_key = load_private_key(options.signing_key_file) if options.signing_key_file else None
    dataset = load_dataset()
    gates = build_gates(options)
    gates.check_metrics_exist(dataset.task, dataset.targets)
    split = split_dataset(dataset, options.seed)
    build = partial(_build_example, options.seed)
    check_picklable(build())
    check_estimator(build(), split)
    champion = _find_champion(options, dataset, split, signing_key.public_key() if signing_key else None)
    print(f"Data: {dataset.name}; {len(split.X_train)} rows to train on, {len(split.X_test)} to test on.\n", flush=True)
    _print_warnings(split.warnings)
    candidate = fit_candidate(build, split, options.seed, with_baseline=not gates.bounds)
    pipeline, metrics = candidate.pipeline, candidate.metrics
    _print_warnings(candidate.warnings)
    print(format_report(dataset, metrics, split.y_test, predict(pipeline, split.X_test)))
    if champion:
        print(format_comparison(dataset, champion.version, champion.metrics, metrics["test"]))
    check_gates(gates, dataset.task, metrics, champion, candidate.baseline)
    files = pack(version, pipeline, dataset, split, metrics, signing_key)
    folder = publish(options.artifact_dir, version, files)
    print(f"Published {folder}{', signed' if signing_key else ''}; it is the current version.")


def _build_example(seed: int) -> Pipeline:
    return build_pipeline(build_preprocessor(), build_estimator(seed))


def _find_champion(
    options: argparse.Namespace, dataset: Dataset, split: Split, public_key: Ed25519PublicKey | None
) -> Champion | None:
    """Return what the candidate is compared with; before it is trained, as that may take hours."""
    try:
        return measure_champion(options.artifact_dir, dataset, split, public_key)
    except NotComparable as error:
        if options.require_not_worse is not None:
            raise NotGoodEnough(
                f"Nothing was trained: --require-not-worse asks for a comparison with the current version. {error} "
                "Without that option the new version is published whatever the current one is."
            ) from error
        print(f"There is no comparison with the current version. {error}\n", flush=True)
        return None


def _print_warnings(warnings: Sequence[str]) -> None:
    if warnings:
        print("\n".join(warnings) + "\n", flush=True)


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
        default=environ.get("TRAIN_VERSION", "").strip() or None,
        help="the name to publish under (default: $TRAIN_VERSION, else the time)",
    )
    parser.add_argument(
        "--min-roc-auc",
        type=_parse_share,
        default=DEFAULT_MIN_ROC_AUC,
        metavar="SHARE",
        help="publish nothing when the ROC AUC on the test part is below this (default: %(default)s)",
    )
    add_gate_options(parser)
    parser.add_argument(
        "--require-not-worse",
        type=_parse_share,
        metavar="TOLERANCE",
        help="publish nothing when that ROC AUC is more than this below the one of the current version, which is fair "
        "only if that was trained with the same --seed",
    )
    parser.add_argument(
        "--signing-key-file",
        type=Path,
        default=environ.get("SIGNING_KEY_FILE", "").strip() or None,
        help="the Ed25519 private key, in PEM, to sign the version with (default: $SIGNING_KEY_FILE, else unsigned)",
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
