from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app import create_app
from app.model.model import Model
from app.settings import Settings
from tests.support.prediction_logs import build_record, write_file
from tests.support.small_models import get_small_model
from tests.support.small_versions import publish_copy

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
    rule = "is not the index of a class: the header request_id,class is for classes themselves."
    reason = f"{labels}, line 2 has no label: 'benign' {rule}"
    assert (status, output.splitlines()[-1]) == (2, f"Error: Invalid value for LABELS.csv: {reason}")


def test_says_that_there_are_no_labels(run: Run, tmp_path: Path) -> None:
    status, output = run(tmp_path / "none.csv")
    assert (status, "does not exist" in output) == (2, True)


def keep_answers(folder: Path, name: str) -> Path:
    """Publish a small model and keep its answers for two rows, all in `folder`; return the folder of its version."""
    small = get_small_model(name)
    publish_copy(folder / "artifacts", small.artifact, "small")
    model = Model(small.artifact)
    instances = model.columns.parse_instances(small.rows[:2])
    answers = model.answer(instances.copy())
    write_file(folder, [replace(build_record("a", "small", [0, 0]), instances=instances, answers=answers.arrays)])
    return folder / "artifacts" / "small"


def compare(folder: Path, text: str) -> tuple[int, str]:
    """Return how the command ends that compares what is kept in `folder` with labels, and what it prints."""
    (folder / "labels.csv").write_text(text)
    runner = create_app(Settings(prediction_log_dir=folder, artifact_dir=folder / "artifacts")).test_cli_runner()
    ended = runner.invoke(args=["predictions", "accuracy", str(folder / "labels.csv")])
    return ended.exit_code, ended.output


def test_prints_the_errors_of_a_regressor(tmp_path: Path) -> None:
    keep_answers(tmp_path, "regression")
    assert compare(tmp_path, "request_id,value,instance\na,170,0\na,180,1\n") == (
        0,
        "VERSION  TARGET  PREDICTIONS  LABELLED      MAE     RMSE        R2\n"
        "small    weight            2         2  8.02735  8.07034  -1.60522\n",
    )


def test_prints_a_line_for_each_target(tmp_path: Path) -> None:
    keep_answers(tmp_path, "multioutput")
    assert compare(tmp_path, "request_id,target,class\na,kind,large\na,colour,red\n") == (
        0,
        "VERSION  TARGET  PREDICTIONS  LABELLED  CORRECT  ACCURACY     95 % INTERVAL\n"
        "small    kind              2         1        1    1.0000  0.2065 to 1.0000\n"
        "small    tall              2         0        0         -                 -\n"
        "Labels of no target of the version: 1.\n",
    )


def test_refuses_a_clusterer(tmp_path: Path) -> None:
    keep_answers(tmp_path, "cluster")
    assert compare(tmp_path, "request_id,label\na,1\n") == (
        1,
        "Version small is left out: the answers of a clusterer are neither right nor wrong.\n",
    )


@pytest.mark.parametrize("fault", ["removed", "broken"])
def test_knows_no_classes_of_a_version_that_is_gone(tmp_path: Path, fault: str) -> None:
    version = keep_answers(tmp_path, "mixed")
    (version / "metadata.json").write_text("{}")
    if fault == "removed":
        shutil.rmtree(version)
    status, output = compare(tmp_path, "request_id,class\na,yes\n")
    reason = "it is published here no longer, so what its answers are called is not known"
    assert (status, output) == (1, f"Version small is left out: {reason}.\n")
