"""Options of the command line that ask for quality gates."""

from __future__ import annotations

import argparse
import math
from functools import partial

from app.evaluation.tasks import is_error
from training.gates import Bound, Gates


def add_gate_options(parser: argparse.ArgumentParser) -> None:
    """Add the options `--min` and `--max`."""
    for option, side in (("--min", "below"), ("--max", "above")):
        parser.add_argument(
            option,
            action="append",
            default=[],
            type=partial(parse_bound, option=option),
            metavar="METRIC=VALUE",
            help=f"publish nothing when a metric on the test part is {side} this; may be given several times",
        )


def build_gates(options: argparse.Namespace) -> Gates:
    """Return the gates that the options ask for."""
    bounds = [*options.min, *options.max]
    if options.min_roc_auc is not None:
        bounds.insert(0, Bound("roc_auc", options.min_roc_auc, "--min-roc-auc"))
    return Gates(tuple(bounds), options.require_not_worse)


def parse_bound(text: str, option: str) -> Bound:
    """Return the bound that an option's `METRIC=VALUE` asks for. Raises `argparse.ArgumentTypeError`."""
    metric, separator, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not (separator and metric and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"must be a metric and a number, as in roc_auc=0.9, not {text!r}")
    is_minimum = option == "--min"
    if is_minimum and is_error(metric):
        raise argparse.ArgumentTypeError(f"{metric} is an error, of which less is better: use --max {text}")
    return Bound(metric, value, f"{option} {text}", is_minimum)
