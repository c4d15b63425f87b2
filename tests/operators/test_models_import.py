"""`flask models import` and `flask models test`, as they are typed."""

from __future__ import annotations

from pathlib import Path

import joblib
import pytest
from sklearn.linear_model import LogisticRegression

from app.settings import Settings
from tests.support.fitted_models import make_numbers
from tests.support.model_commands import Run, build_run
from tests.support.own_classes import write_sample


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs `flask models`, beside a model and a sample of its rows."""
    joblib.dump(LogisticRegression().fit(*make_numbers()), tmp_path / "model.joblib")
    write_sample(tmp_path / "sample.csv")
    return build_run(Settings(artifact_dir=tmp_path / "artifacts"))


def test_imports_a_model_and_says_what_it_takes_and_what_it_is_worth(tmp_path: Path, run: Run) -> None:
    files = [str(tmp_path / "model.joblib"), "--data", str(tmp_path / "sample.csv")]
    status, output = run("import", *files, "--target", "label", "--version", "v1", "--classes", "no,yes")
    assert status == 0, output
    first, *between, published, next_step = output.splitlines()
    columns, metrics = between[:3], dict(line.split() for line in between[3:])
    assert first == (
        "sklearn.linear_model._logistic.LogisticRegression: classification. Its columns, whose kinds --kind overrules:"
    )
    assert columns == ["a  number", "b  number", "c  number"]
    assert list(metrics) == [
        "accuracy", "precision_macro", "recall_macro", "f1_macro", "roc_auc", "average_precision",
    ]  # fmt: skip
    assert float(metrics["accuracy"]) > 0.9
    assert published == "Version v1 is published, and the current one."
    assert next_step == "Serve it with 'make run'; a running server takes it over at 'make reload'."


@pytest.mark.parametrize("version", ["v1", "current"])
def test_measures_a_version_on_another_table(tmp_path: Path, run: Run, version: str) -> None:
    sample = str(tmp_path / "sample.csv")
    run("import", str(tmp_path / "model.joblib"), "--data", sample, "--target", "label", "--version", "v1")
    status, output = run("test", version, sample, "--target", "label")
    assert status == 0, output
    assert output.splitlines()[0].startswith("accuracy ")
    assert output.splitlines()[-1] == "Version v1 on sample.csv: 60 rows."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "{0}/gone"], "Error: There is no file or folder {0}/gone.\n"),
        (["import", "{0}/model.joblib", "--version", "-"], "Error: The version name must be 1 to 64 letters, "),
        (["test", "gone", "{0}/sample.csv"], "Error: There is no version gone in {0}/artifacts. "),
    ],
)
def test_says_what_is_wrong_in_one_line(tmp_path: Path, run: Run, arguments: list[str], message: str) -> None:
    status, output = run(*(argument.replace("{0}", str(tmp_path)) for argument in arguments))
    assert status == 1
    assert output.startswith(message.replace("{0}", str(tmp_path))) and output.count("\n") == 1


def test_asks_for_kinds_as_they_are_written(tmp_path: Path, run: Run) -> None:
    status, output = run("import", str(tmp_path / "model.joblib"), "--kind", "zip")
    assert status == 2
    assert "must be COLUMN=KIND, such as zip=category, not 'zip'." in output
