from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.preprocessing import StandardScaler

from app.artifacts import AcceptancePolicy, Artifact, list_versions, read_artifact
from app.model.predictor import ModelPredictor
from tests.support.running_server import DEADLINE_SECONDS, ROOT
from tests.support.signing_keys import SigningKey, write_signing_key
from training import train
from training.dataset import Dataset
from training.evaluation import cross_validate
from training.folds import choose_folds
from training.packing import build_pipeline
from training.splitting import split_dataset

COMMAND = [sys.executable, "-m", "training.train"]
GATE_SENTENCE = (
    "Nothing was published: the ROC AUC on the test part is 0.9920634920634921, "
    "and --min-roc-auc asks for 1.0 at least."
)


class OwnClassifier(GradientBoostingClassifier):  # type: ignore[misc]
    """A class that the service could not load."""


def build_stump(seed: int) -> GradientBoostingClassifier:
    """Return an estimator that is trained in no time and passes the gate."""
    return GradientBoostingClassifier(n_estimators=10, max_depth=2, subsample=0.8, random_state=seed)


@pytest.fixture(scope="module")
def artifact_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trained")


@pytest.fixture(scope="module")
def finished(artifact_dir: Path) -> subprocess.CompletedProcess[str]:
    """Return the command once it has ended; the environment alone names where to publish, and the version."""
    environment = {**os.environ, "ARTIFACT_DIR": str(artifact_dir), "TRAIN_VERSION": "v1"}
    return subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS)


@pytest.fixture
def signing_key(tmp_path: Path) -> SigningKey:
    return write_signing_key(tmp_path)


@pytest.fixture
def quick_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train a few small trees only."""
    monkeypatch.setattr(train, "build_estimator", build_stump)


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Let the children heed SIGINT, which a shell makes background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_publishes_where_and_as_the_environment_says(
    finished: subprocess.CompletedProcess[str], artifact_dir: Path
) -> None:
    assert (finished.returncode, list_versions(artifact_dir)) == (0, ["v1"])
    assert finished.stdout.endswith(f"\nPublished {artifact_dir}/v1; it is the current version.\n")


def test_says_how_many_rows_it_trains_on(finished: subprocess.CompletedProcess[str]) -> None:
    first_line = finished.stdout.partition("\n")[0]
    assert first_line.endswith("; 455 rows to train on, 114 to test on.")


def test_prints_the_accuracy_of_each_part(finished: subprocess.CompletedProcess[str]) -> None:
    rows = [line.split() for line in finished.stdout.splitlines()]
    assert rows[2] == ["train", "test", "cross-validation"]
    assert rows[3] == ["Accuracy", "1.0000", "0.9561", "0.9670", "+/-", "0.0184"]


def test_prints_the_classification_report_of_the_test_part(finished: subprocess.CompletedProcess[str]) -> None:
    report = finished.stdout.partition("Classification report, test part\n")[2]
    assert "   malignant     0.9744    0.9048    0.9383        42\n" in report
    assert "    accuracy                         0.9561       114\n" in report


def test_reports_what_it_does_on_standard_error(finished: subprocess.CompletedProcess[str]) -> None:
    folds = [f"Fold {number} of 5" for number in range(1, 6)]
    assert finished.stderr.splitlines() == [*folds, "Final fit", "Metrics"]


def test_reaches_a_roc_auc_of_0_99_on_the_test_part_and_over_the_folds(example_artifact: Artifact) -> None:
    metrics = example_artifact.metadata.metrics
    assert metrics["test"]["roc_auc"] >= 0.99
    assert metrics["cross_validation"]["roc_auc_mean"] >= 0.99


def test_trains_with_the_hyperparameters_of_the_example(example_artifact: Artifact) -> None:
    chosen = {"n_estimators": 200, "learning_rate": 0.05, "max_depth": 4, "subsample": 0.8, "random_state": 42}
    assert chosen.items() <= example_artifact.metadata.hyperparameters.items()
    assert example_artifact.metadata.sample_counts == {"train": 455, "test": 114, "total": 569}


def test_fits_the_scaler_to_the_training_part_alone(example_artifact: Artifact, example_dataset: Dataset) -> None:
    scaler, _ = example_artifact.unpickle()
    alone = StandardScaler().fit(split_dataset(example_dataset, seed=42).X_train)
    assert np.array_equal([scaler.mean_, scaler.scale_], [alone.mean_, alone.scale_])


@pytest.mark.usefixtures("finished")
def test_predicts_bit_for_bit_alike_after_another_training_with_the_same_seed(
    artifact_dir: Path, example_predictor: ModelPredictor, example_dataset: Dataset
) -> None:
    again = ModelPredictor(artifact_dir)
    again.load()
    answers = [predictor.predict_batch(example_dataset.X) for predictor in (again, example_predictor)]
    assert answers[0].probabilities.tobytes() == answers[1].probabilities.tobytes()


@pytest.mark.usefixtures("quick_training")
def test_hands_the_seed_to_the_split_the_folds_and_the_estimator(tmp_path: Path, example_dataset: Dataset) -> None:
    train.main(["--artifact-dir", str(tmp_path), "--seed", "2"])
    split = split_dataset(example_dataset, seed=2)
    folds = cross_validate(lambda: build_pipeline(StandardScaler(), build_stump(2)), split, choose_folds(split, 2))
    metadata = read_artifact(tmp_path).metadata
    assert metadata.metrics["cross_validation"] == folds
    assert metadata.hyperparameters["random_state"] == 2


@pytest.mark.usefixtures("finished")
def test_publishes_nothing_when_the_model_misses_the_gate(artifact_dir: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        train.main(["--artifact-dir", str(artifact_dir), "--version", "v2", "--min-roc-auc", "1"])
    assert ended.value.code == GATE_SENTENCE
    assert (list_versions(artifact_dir), os.readlink(artifact_dir / "current")) == (["v1"], "v1")


@pytest.mark.usefixtures("quick_training")
def test_publishes_a_model_that_just_reaches_the_gate(tmp_path: Path) -> None:
    train.main(["--artifact-dir", str(tmp_path), "--version", "v1"])
    reached = read_artifact(tmp_path).metadata.metrics["test"]["roc_auc"]
    train.main(["--artifact-dir", str(tmp_path), "--version", "v2", "--min-roc-auc", repr(reached)])
    with pytest.raises(SystemExit, match="Nothing was published"):
        train.main(["--artifact-dir", str(tmp_path), "--min-roc-auc", repr(math.nextafter(reached, 1))])
    assert list_versions(tmp_path) == ["v1", "v2"]


@pytest.mark.usefixtures("quick_training")
def test_publishes_nothing_when_another_metric_misses_its_bound(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        train.main(["--artifact-dir", str(tmp_path), "--max", "accuracy=0.5"])
    assert str(ended.value.code).startswith("Nothing was published: the accuracy on the test part is 0.9")
    assert list_versions(tmp_path) == []


def test_names_the_metrics_that_there_are_before_it_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        train.main(["--artifact-dir", str(tmp_path), "--min", "auc=0.9"])
    assert ended.value.code == (
        "Nothing was trained: --min auc=0.9 names no metric of classification. "
        "There are accuracy, precision_macro, recall_macro, f1_macro, roc_auc, average_precision."
    )
    assert capsys.readouterr() == ("", "")


def test_refuses_an_estimator_that_the_service_does_not_have_before_it_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train, "build_estimator", lambda seed: OwnClassifier())
    with pytest.raises(SystemExit, match=f"^The pipeline needs {__name__}.OwnClassifier, which a server does not have"):
        train.main(["--artifact-dir", str(tmp_path)])
    assert (capsys.readouterr(), list_versions(tmp_path)) == (("", ""), [])


@pytest.mark.usefixtures("quick_training")
def test_says_what_the_split_and_the_folds_are_not_as_one_would_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    y = [0, 1] * 10 + [2] * 3 + [3]
    X = np.column_stack([y, np.arange(24)])
    monkeypatch.setattr(train, "load_dataset", lambda: Dataset("rare", X, y, ["a", "b"]))
    train.main(["--artifact-dir", str(tmp_path), "--min-roc-auc", "0"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "1 classes have one row each, which is trained on, and never tested."
    assert "There are 2 folds, as the rarest class has 2 rows to train on." in lines


@pytest.mark.usefixtures("finished")
def test_refuses_a_published_version_before_it_trains(artifact_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        train.main(["--artifact-dir", str(artifact_dir), "--version", "v1"])
    assert ended.value.code == (
        f"Version v1 is already published in {artifact_dir}. Choose another name with TRAIN_VERSION, "
        "or leave it unset to have one made."
    )
    assert capsys.readouterr() == ("", "")


def test_refuses_a_folder_that_it_cannot_publish_in_before_it_trains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match=r"^\[Errno 17\] File exists: '.*/file'$"):
        train.main(["--artifact-dir", str(tmp_path / "file")])
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("quick_training")
def test_prefers_the_command_line_to_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("TRAIN_VERSION", "other")
    train.main(["--artifact-dir", str(tmp_path / "named"), "--version", "named"])
    assert (list_versions(tmp_path / "named"), (tmp_path / "other").exists()) == (["named"], False)


@pytest.mark.usefixtures("quick_training")
@pytest.mark.parametrize("is_in_environment", [True, False])
def test_signs_what_it_publishes(
    tmp_path: Path, signing_key: SigningKey, is_in_environment: bool, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("SIGNING_KEY_FILE", f" {signing_key.private_file} " if is_in_environment else "no such file")
    options = [] if is_in_environment else ["--signing-key-file", str(signing_key.private_file)]
    train.main(["--artifact-dir", str(tmp_path), "--version", "v1", *options])
    assert read_artifact(tmp_path, policy=AcceptancePolicy(signing_key.key.public_key())).is_signature_verified
    assert capsys.readouterr().out.endswith(f"\nPublished {tmp_path}/v1, signed; it is the current version.\n")


@pytest.mark.usefixtures("quick_training")
def test_signs_nothing_unless_it_has_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGNING_KEY_FILE", "")
    train.main(["--artifact-dir", str(tmp_path), "--version", "v1"])
    assert not (tmp_path / "v1" / "metadata.json.sig").exists()
    assert capsys.readouterr().out.endswith(f"\nPublished {tmp_path}/v1; it is the current version.\n")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.pem", "No such file or directory"),
        ("public.pem", "it holds none"),
        ("", "Is a directory"),
    ],
)
def test_refuses_a_key_that_it_cannot_sign_with_before_it_trains(
    tmp_path: Path, signing_key: SigningKey, name: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = signing_key.private_file.parent / name
    with pytest.raises(SystemExit) as ended:
        train.main(["--artifact-dir", str(tmp_path / "artifacts"), "--signing-key-file", str(file)])
    sentence = f"{file} must be a file with an Ed25519 private key in PEM, without a password: {reason}."
    assert ended.value.code == sentence
    assert (capsys.readouterr(), list_versions(tmp_path / "artifacts")) == (("", ""), [])


SHARE = "argument --min-roc-auc: must be a number from 0 to 1, not "
SEED = "argument --seed: must be a whole number from 0 to 4294967295, not "
VERSION = (
    "argument --version: The version name must be 1 to 64 letters, digits, '.', '_' or '-', "
    "beginning with a letter or a digit, and other than 'current', not "
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *((["--min-roc-auc", text], f"{SHARE}{text!r}") for text in ("1.01", "-0.1", "nan", "inf", "much", "")),
        (["--min", "much"], "argument --min: must be a metric and a number, as in roc_auc=0.9, not 'much'"),
        (["--min", "mae=1"], "argument --min: mae is an error, of which less is better: use --max mae=1"),
        (["--max", "x=y"], "argument --max: must be a metric and a number, as in roc_auc=0.9, not 'x=y'"),
        *((["--seed", text], f"{SEED}{text!r}") for text in ("-1", "4294967296", "1.5", "٣", "x", "")),
        *((["--version", text], f"{VERSION}{text!r}.") for text in ("", "current", "../v1", "v 1", "a" * 65)),
        (["--sead", "1"], "unrecognized arguments: --sead 1"),
    ],
)
def test_refuses_a_bad_option(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        train.main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"\npython -m training.train: error: {message}\n")


def test_refuses_a_bad_name_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAIN_VERSION", "../v1")
    with pytest.raises(SystemExit) as ended:
        train.main([])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"{VERSION}'../v1'.\n")


def test_helps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        train.main(["--help"])
    screen = capsys.readouterr().out
    assert ended.value.code == 0
    assert [
        option
        for option in (
            "--artifact-dir",
            "--version",
            "--min-roc-auc",
            "--min ",
            "--max ",
            "--require-not-worse",
            "--signing-key-file",
            "--seed",
        )
        if option not in screen
    ] == []


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_publishes_nothing_and_says_so_in_one_line_after_ctrl_c(tmp_path: Path) -> None:
    arguments: list[Any] = [*COMMAND, "--artifact-dir", tmp_path]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == "Fold 1 of 5\n"
            process.send_signal(signal.SIGINT)
            lines = process.stderr.read().splitlines()
        finally:
            process.kill()
    assert [line for line in lines if not line.startswith("Fold ")] == ["Interrupted."]
    assert (process.returncode, os.listdir(tmp_path)) == (1, [".lock"])
