from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app import create_app
from app.settings import Settings
from tests.support.prediction_logs import build_record, write_file

TABLE = (
    "VERSION  PREDICTIONS  LABELLED  CORRECT  ACCURACY     95 % INTERVAL\n"
    "v1                 4         2        1    0.5000  0.0945 to 0.9055\n"
    "v2                 1         0        0         -                 -\n"
)

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with predictions of two versions."""
    records = [build_record("a", labels=[0, 1]), build_record("b"), build_record("c"), build_record("d", "v2")]
    write_file(tmp_path, records)
    return tmp_path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Return a file of two labels, one of which is what was predicted."""
    path = tmp_path / "labels.csv"
    path.write_text("request_id,label,instance\na,1,1\nb,1,0\n")
    return path


@pytest.fixture
def run(folder: Path) -> Run:
    """Return what runs `flask predictions accuracy` and returns its exit status and its output."""

    def run(*arguments: str | Path, settings: Settings = Settings(prediction_log_dir=folder)) -> tuple[int, str]:
        runner = create_app(settings).test_cli_runner()
        ended = runner.invoke(args=["predictions", "accuracy", *map(str, arguments)])
        return ended.exit_code, ended.output

    return run


def test_prints_a_table_of_the_versions(run: Run, labels: Path) -> None:
    assert run(labels) == (0, TABLE)


def test_looks_where_it_is_told_to(run: Run, labels: Path, folder: Path) -> None:
    assert run(labels, "--dir", folder, settings=Settings()) == (0, TABLE)
    assert run("--dir", folder, labels, settings=Settings(prediction_log_dir=folder / "none")) == (0, TABLE)


def test_says_what_could_not_be_compared(run: Run, folder: Path, labels: Path) -> None:
    write_file(folder, [build_record("e", labels=[1])], "predictions-20261122T171416.374Z-0123456789abcdef.jsonl")
    write_file(folder, [build_record("e")], "predictions-20261122T181416.374Z-0123456789abcdef.jsonl.open")
    labels.write_text("request_id,label\ne,1\nnobody,0\nb,7\n")
    status, output = run(labels)
    assert status == 0
    assert output.splitlines()[-3:] == [
        "Labels without a prediction: 1.",
        "Labels that are no class of the version: 1.",
        "Request ids with different answers, left out: 1.",
    ]


def test_says_that_it_knows_no_folder(run: Run, labels: Path) -> None:
    status, output = run(labels, settings=Settings())
    sentence = "Error: Say where the predictions are: with --dir, or in PREDICTION_LOG_DIR."
    assert (status, output.splitlines()[-1]) == (2, sentence)


@pytest.mark.parametrize(("name", "reason"), [("none", "No such file or directory"), ("labels.csv", "Not a directory")])
def test_says_that_a_folder_cannot_be_read(run: Run, labels: Path, folder: Path, name: str, reason: str) -> None:
    assert run(labels, "--dir", folder / name) == (1, f"Error: {folder / name}: {reason}.\n")


def test_says_that_nothing_is_kept(run: Run, labels: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(labels, "--dir", tmp_path / "empty") == (1, f"Error: No predictions are kept in {tmp_path / 'empty'}.\n")


def test_names_the_file_and_the_line_that_is_broken(run: Run, labels: Path, folder: Path) -> None:
    path = write_file(folder, [build_record()], "predictions-20261122T171416.374Z-0123456789abcdef.jsonl")
    path.write_bytes(path.read_bytes() + b"{}\n")
    status, output = run(labels)
    assert (status, output.startswith(f"Error: {path}, line 2 is not an object with the keys ")) == (1, True)


def test_names_the_line_of_the_labels_that_is_wrong(run: Run, labels: Path) -> None:
    labels.write_text("request_id,label\na,benign\n")
    status, output = run(labels)
    reason = f"{labels}, line 2 has no label: 'benign' is not the index of a class."
    assert (status, output.splitlines()[-1]) == (2, f"Error: Invalid value for LABELS.csv: {reason}")


def test_says_that_there_are_no_labels(run: Run, tmp_path: Path) -> None:
    status, output = run(tmp_path / "none.csv")
    assert (status, "does not exist" in output) == (2, True)
