from __future__ import annotations

import argparse

import pytest

from training.gate_options import add_gate_options, build_gates, parse_bound
from training.gates import Bound, Gates

LEAST = Bound("r2", 0.5, "--min r2=0.5")
MOST = Bound("mae", 2.0, "--max mae=2", is_minimum=False)


def parse(*arguments: str) -> Gates:
    parser = argparse.ArgumentParser()
    parser.add_argument("--min-roc-auc", type=float)
    parser.add_argument("--require-not-worse", type=float)
    add_gate_options(parser)
    return build_gates(parser.parse_args(arguments))


def test_asks_for_nothing_by_itself() -> None:
    assert parse() == parse() == Gates(())


def test_asks_for_each_bound_that_is_given() -> None:
    assert parse("--max", "mae=2", "--min", "r2=0.5") == Gates((LEAST, MOST))


def test_looks_first_at_the_option_for_classifiers_alone() -> None:
    gates = parse("--min=r2=0.5", "--min-roc-auc=0.9", "--require-not-worse=0.1")
    assert gates == Gates((Bound("roc_auc", 0.9, "--min-roc-auc"), LEAST), 0.1)


@pytest.mark.parametrize("text", ["", "roc_auc", "=0.9", "roc_auc=", "roc_auc=nan", "roc_auc=inf", "roc_auc=much"])
def test_refuses_a_bound_that_is_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        parse_bound(text, "--min")
    assert str(refused.value) == f"must be a metric and a number, as in roc_auc=0.9, not {text!r}"


def test_refuses_to_ask_for_an_error_at_least() -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        parse_bound("rmse=3", "--min")
    assert str(refused.value) == "rmse is an error, of which less is better: use --max rmse=3"


def test_reads_a_bound_on_one_target() -> None:
    assert parse_bound("mae[a=b]=2", "--max") == Bound("mae[a=b]", 2.0, "--max mae[a=b]=2", is_minimum=False)
