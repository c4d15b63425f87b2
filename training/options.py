"""Options of the command line that trains."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from app.artifacts import InvalidVersionName, check_version_name
from app.columns.kinds import KINDS
from training.gate_options import add_gate_options
from training.tasks import CLASSIFICATION, REGRESSION

DEFAULT_SEED = 42


def build_parser(environ: Mapping[str, str], description: str | None) -> argparse.ArgumentParser:
    """Return the parser of the options; some have their defaults from the environment."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=description)
    _add_table_options(parser)
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
        metavar="SHARE",
        help="publish nothing when the ROC AUC on the test part is below this (default: 0.95 for the example; for data "
        "of your own, the model must be better than one that looks at no column)",
    )
    add_gate_options(parser)
    parser.add_argument(
        "--require-not-worse",
        type=_parse_tolerance,
        metavar="TOLERANCE",
        help="publish nothing when the model is worse than the current version by more than this, by the metric that "
        "decides on the test part: ROC AUC or F1 of classes, R2 of numbers, the pinball loss of a quantile; which is "
        "fair only if that was trained with the same --seed",
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


def _add_table_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("a table of your own, in place of the example")
    add = group.add_argument
    add("--data", type=Path, metavar="FILE", help="a CSV file, which may be compressed by gzip, or a Parquet file")
    add("--target", action="append", default=[], metavar="COLUMN", help="what is learnt; may be given several times")
    add(
        "--kind", action="append", default=[], type=_parse_kind, metavar="COLUMN=KIND",
        help=f"overrule the kind that is found: {', '.join(KINDS)}; may be given several times",
    )  # fmt: skip
    add("--drop", action="append", default=[], metavar="COLUMN", help="leave a column out; may be given several times")
    add(
        "--missing", action="append", default=[], metavar="TEXT",
        help="what stands for no value in a CSV file, besides the empty field, in place of NA, N/A, NaN, nan, null, "
        "NULL and None; may be given several times",
    )  # fmt: skip
    add("--groups", metavar="COLUMN", help="rows with the same value there are trained on together, or tested on")
    add("--time", metavar="COLUMN", help="test on the rows that are latest by that column")
    add("--task", choices=[CLASSIFICATION, REGRESSION], help="overrule the task that the target is taken to be for")
    add(
        "--estimator", metavar="MODULE:FUNCTION",
        help="a function that returns the unfitted estimator or pipeline to train, in place of the default ones",
    )  # fmt: skip
    add(
        "--code", type=Path, metavar="PATH",
        help="the file or the folder with the classes of one's own in that pipeline, which the version brings along",
    )  # fmt: skip


def _parse_kind(text: str) -> tuple[str, str]:
    name, separator, kind = text.rpartition("=")
    if not (separator and name and kind in KINDS):
        raise argparse.ArgumentTypeError(
            f"must be a column and a kind, as in zip=category, not {text!r}; the kinds are {', '.join(KINDS)}"
        )
    return name, kind


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


def _parse_tolerance(text: str) -> float:
    try:
        tolerance = float(text)
    except ValueError:
        tolerance = np.nan
    if not 0 <= tolerance < np.inf:
        raise argparse.ArgumentTypeError(f"must be a finite number, 0 at least, not {text!r}")
    return tolerance


def _parse_seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 4294967295, not {text!r}")
    return int(text)
