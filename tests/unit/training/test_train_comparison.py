"""The command, where there is a current version that the candidate is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from app.artifacts import Artifact, list_versions, read_artifact
from tests.support.broken_artifacts import flip_bit, remove
from tests.support.published_models import publish_model
from tests.support.small_versions import publish_copy, read_links
from training import train
from training.dataset import Dataset

REFUSED = "Nothing was trained: --require-not-worse asks for a comparison with the current version. "
OTHERWISE = " Without that option the new version is published whatever the current one is."
REMEDY = "Publish it again with 'make train', or serve another version: 'make models' lists them."
FOREIGN = "Version iris has other features, or has them in another order."


@dataclass(frozen=True)
class Rivals:
    """How good the current version is, and the candidate, which is worse."""

    champion: Artifact
    candidate: Artifact

    @property
    def scores(self) -> tuple[float, float]:
        """The ROC AUC of both on the test part."""
        first, second = (each.metadata.metrics["test"]["roc_auc"] for each in (self.champion, self.candidate))
        return first, second


@pytest.fixture(autouse=True)
def _training_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train one small tree only, which is good, and worse than the current version."""
    monkeypatch.setattr(train, "build_estimator", build_tree)


def build_tree(seed: int) -> DecisionTreeClassifier:
    return DecisionTreeClassifier(max_depth=2, random_state=seed)


@pytest.fixture(scope="module")
def rivals(tmp_path_factory: pytest.TempPathFactory, example_dataset: Dataset) -> Rivals:
    folder = tmp_path_factory.mktemp("rivals")
    return Rivals(
        publish_model(folder, "champion", example_dataset, LogisticRegression()),
        publish_model(folder, "candidate", example_dataset, build_tree(42)),
    )


@pytest.fixture
def artifact_dir(tmp_path: Path, rivals: Rivals) -> Path:
    """Return a folder with the version `champion`, which is current."""
    publish_copy(tmp_path, rivals.champion, "champion")
    return tmp_path


def run(artifact_dir: Path, *options: str) -> None:
    train.main(["--artifact-dir", str(artifact_dir), "--version", "candidate", "--min-roc-auc", "0", *options])


def refuse(artifact_dir: Path, *options: str) -> object:
    """Return the words with which the command ends without publishing anything."""
    before = read_links(artifact_dir)
    with pytest.raises(SystemExit) as ended:
        run(artifact_dir, *options)
    assert ("candidate" in list_versions(artifact_dir), read_links(artifact_dir)) == (False, before)
    return ended.value.code


def test_prints_the_current_version_and_the_candidate_side_by_side(
    artifact_dir: Path, rivals: Rivals, capsys: pytest.CaptureFixture[str]
) -> None:
    run(artifact_dir)
    before, after = rivals.scores
    table = capsys.readouterr().out.partition("Test part ")[2].splitlines()
    assert table[0].split() == ["current", "candidate", "difference"]
    assert table[5] == f"ROC AUC                 {before:.4f}      {after:.4f}     {after - before:+.4f}"
    assert table[7] == "The current version is champion."


def test_publishes_a_worse_candidate_where_nothing_is_asked_for(artifact_dir: Path, rivals: Rivals) -> None:
    run(artifact_dir)
    assert rivals.scores[1] < rivals.scores[0]
    assert read_links(artifact_dir) == ("candidate", "champion")


def test_publishes_the_first_version_without_a_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, "--require-not-worse", "0")
    assert read_links(tmp_path) == ("candidate", None)
    assert "current version is" not in capsys.readouterr().out.replace("; it is the current version.", "")


@pytest.mark.parametrize("tolerance", [0.0, 0.001])
def test_refuses_a_worse_candidate(
    artifact_dir: Path, rivals: Rivals, tolerance: float, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = rivals.scores
    assert refuse(artifact_dir, "--require-not-worse", str(tolerance)) == (
        f"Nothing was published: the ROC AUC on the test part is {after}, that of the current version champion is "
        f"{before}, and --require-not-worse allows {tolerance} less."
    )
    assert capsys.readouterr().out.endswith("\nThe current version is champion.\n\n")


def test_publishes_a_candidate_that_is_just_within_the_tolerance(artifact_dir: Path, rivals: Rivals) -> None:
    before, after = rivals.scores
    run(artifact_dir, "--require-not-worse", repr(before - after))
    assert read_links(artifact_dir) == ("candidate", "champion")


def test_refuses_a_candidate_that_is_just_beyond_the_tolerance(artifact_dir: Path, rivals: Rivals) -> None:
    before, after = rivals.scores
    sentence = refuse(artifact_dir, "--require-not-worse", repr(before - after - 1e-12))
    assert str(sentence).startswith(f"Nothing was published: the ROC AUC on the test part is {after}, that of ")


def test_publishes_a_candidate_that_is_as_good_where_no_tolerance_is_left(tmp_path: Path, rivals: Rivals) -> None:
    publish_copy(tmp_path, rivals.candidate, "v1")
    run(tmp_path, "--require-not-worse", "0")
    assert read_links(tmp_path) == ("candidate", "v1")


def test_measures_both_on_the_rows_that_the_seed_leaves_to_test_on(
    artifact_dir: Path, rivals: Rivals, capsys: pytest.CaptureFixture[str]
) -> None:
    run(artifact_dir, "--seed", "3")
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("ROC AUC ")][1:]
    candidate = read_artifact(artifact_dir).metadata.metrics["test"]["roc_auc"]
    assert (row.split()[3], row.split()[2] != f"{rivals.scores[0]:.4f}") == (f"{candidate:.4f}", True)


@pytest.mark.parametrize(
    ("break_folder", "sentence"),
    [
        (
            flip_bit,
            f"Artifact champion is corrupt: model.pkl does not have the SHA-256 that the manifest says. {REMEDY}",
        ),
        (
            remove,
            "The link {0}/current names version champion, which is not there. "
            "Nothing is published there: publish a version with 'make train'.",
        ),
    ],
    ids=["corrupt", "dangling link"],
)
def test_says_why_there_is_no_comparison_and_publishes_unless_one_is_asked_for(
    artifact_dir: Path, break_folder: Callable[[Path], None], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    break_folder(artifact_dir / "champion")
    reason = sentence.format(artifact_dir)
    assert refuse(artifact_dir, "--require-not-worse", "1") == f"{REFUSED}{reason}{OTHERWISE}"
    assert capsys.readouterr() == ("", "")
    run(artifact_dir)
    assert capsys.readouterr().out.startswith(f"There is no comparison with the current version. {reason}\n\nData: ")
    assert read_links(artifact_dir)[0] == "candidate"


def test_does_not_compare_with_a_version_of_other_features(
    tmp_path: Path, iris_artifact: Artifact, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_copy(tmp_path, iris_artifact, "iris")
    assert refuse(tmp_path, "--require-not-worse", "0") == f"{REFUSED}{FOREIGN}{OTHERWISE}"
    run(tmp_path)
    assert capsys.readouterr().out.startswith(f"There is no comparison with the current version. {FOREIGN}\n\nData: ")
    assert read_links(tmp_path) == ("candidate", "iris")


def test_says_first_that_a_candidate_is_not_good_at_all(artifact_dir: Path, rivals: Rivals) -> None:
    sentence = refuse(artifact_dir, "--require-not-worse", "0", "--min-roc-auc", "1")
    assert sentence == (
        f"Nothing was published: the ROC AUC on the test part is {rivals.scores[1]}, "
        "and --min-roc-auc asks for 1.0 at least."
    )


@pytest.mark.parametrize("text", ["inf", "-0.1", "nan", "little", ""])
def test_refuses_a_tolerance_that_is_no_number(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        train.main([f"--require-not-worse={text}"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(
        f"argument --require-not-worse: must be a finite number, 0 at least, not {text!r}\n"
    )
