from __future__ import annotations

from pathlib import Path

import pytest

from training.options import build_parser
from training.train import main


def test_takes_a_table_and_what_is_to_be_done_with_it() -> None:
    arguments = "--data a.csv --target t --target u --kind zip=category --kind a=b=text --drop id --missing ?"
    options = build_parser({}, None).parse_args(arguments.split())
    assert (options.data, options.target) == (Path("a.csv"), ["t", "u"])
    assert (options.kind, options.drop, options.missing) == ([("zip", "category"), ("a=b", "text")], ["id"], ["?"])


def test_takes_a_tolerance_in_the_units_of_the_metric() -> None:
    assert build_parser({}, None).parse_args(["--require-not-worse", "250"]).require_not_worse == 250


@pytest.mark.parametrize("text", ["zip", "=text", "zip=", "zip=categorical"])
def test_refuses_what_is_no_column_and_kind(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser({}, None).parse_args(["--kind", text])
    assert f"must be a column and a kind, as in zip=category, not '{text}'; the kinds are number," in (
        capsys.readouterr().err.replace("\n", "")
    )


@pytest.mark.parametrize(
    ("option", "value"),
    [("target", "a"), ("kind", "a=text"), ("drop", "a"), ("missing", "?"), ("groups", "a"), ("time", "a"),
     ("task", "regression"), ("estimator", "a:b"), ("code", "a.py")],
)  # fmt: skip
def test_refuses_options_of_tables_without_a_table(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([f"--{option}", value])
    assert stopped.value.code == 2
    assert f"--{option} is for a table of your own: name its file with --data" in capsys.readouterr().err
