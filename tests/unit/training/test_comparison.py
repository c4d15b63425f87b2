from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.preprocessing import StandardScaler

from app.artifacts import Artifact, Golden, pack_artifact
from app.model.acceptance import Acceptance, accept_version
from app.publishing.store import publish
from tests.support.broken_artifacts import build_files, change_metadata, flip_bit, remove, replace_content
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.signing_keys import write_signing_key
from training import comparison
from training.comparison import NotComparable, measure_champion
from training.dataset import Dataset, Split
from training.evaluation import measure
from training.packing import build_pipeline
from training.splitting import split_dataset, use_all_rows
from training.tasks import REGRESSION

REMEDY = "Publish it again with 'make train', or serve another version: 'make models' lists them."


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_iris_dataset()


@pytest.fixture(scope="module")
def split(dataset: Dataset) -> Split:
    """Return another split than the one that the current version was trained and measured with."""
    return split_dataset(dataset, seed=7)


def explain(artifact_dir: Path, dataset: Dataset, split: Split) -> str:
    """Return why the current version cannot be compared."""
    with pytest.raises(NotComparable) as refused:
        measure_champion(artifact_dir, dataset, split)
    return str(refused.value)


def publish_with_golden(artifact_dir: Path, artifact: Artifact, **changes: Any) -> None:
    """Publish `artifact` as v1 with `changes` of its golden rows."""
    golden = Golden(artifact.golden.instances, {**artifact.golden.arrays, **changes})
    metadata = dataclasses.replace(artifact.metadata, version="v1")
    publish(artifact_dir, "v1", pack_artifact(metadata, golden, *artifact.unpickle()))


def test_measures_the_current_version_on_the_test_part_of_the_candidate(
    tmp_path: Path, dataset: Dataset, split: Split
) -> None:
    publish_model(tmp_path, "other", dataset, LogisticRegression(C=0.001))
    artifact = publish_model(tmp_path, "v1", dataset, LogisticRegression())
    champion = measure_champion(tmp_path, dataset, split)
    assert champion is not None and champion.version == "v1"
    assert champion.metrics == measure(build_pipeline(*artifact.unpickle()), split.X_test, split.y_test)


@pytest.mark.parametrize("exists", [True, False])
def test_finds_none_before_the_first_training(tmp_path: Path, dataset: Dataset, split: Split, exists: bool) -> None:
    artifact_dir = tmp_path if exists else tmp_path / "none"
    assert measure_champion(artifact_dir, dataset, split) is None


def test_finds_none_where_versions_are_published_and_none_is_current(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    publish(tmp_path, "v1", build_files(iris_artifact, "v1"))
    (tmp_path / "current").unlink()
    assert measure_champion(tmp_path, dataset, split) is None


def test_measures_a_version_of_another_scikit_learn_that_answers_as_it_did(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    files = change_metadata(library_versions={"scikit-learn": "1.0.2"})(build_files(iris_artifact, "v1"))
    publish(tmp_path, "v1", files)
    assert measure_champion(tmp_path, dataset, split) is not None


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ({"feature_names": ["a", "b", "c", "d"]}, "features"),
        ({"feature_names": load_iris_dataset().feature_names[::-1]}, "features"),
        ({"classes": ["setosa", "versicolor", "other"]}, "classes"),
        ({"classes": load_iris_dataset().classes[::-1]}, "classes"),
    ],
)
def test_does_not_compare_what_was_made_for_other_data(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split, names: dict[str, list[str]], what: str
) -> None:
    publish(tmp_path, "v1", build_files(iris_artifact, "v1"))
    other = dataclasses.replace(dataset, **names)  # type: ignore[arg-type]
    assert explain(tmp_path, other, split) == f"Version v1 has other {what}, or has them in another order."


@pytest.mark.parametrize(
    ("break_folder", "sentence"),
    [
        (
            flip_bit,
            f"Artifact v1 is corrupt: model.pkl does not have the SHA-256 that the manifest says. {REMEDY}",
        ),
        (
            remove,
            "The link {0}/current names version v1, which is not there. "
            "Nothing is published there: publish a version with 'make train'.",
        ),
    ],
)
def test_does_not_compare_with_what_cannot_be_read(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split, break_folder: Callable[[Path], None],
    sentence: str,
) -> None:  # fmt: skip
    publish(tmp_path, "v1", build_files(iris_artifact, "v1"))
    break_folder(tmp_path / "v1")
    assert explain(tmp_path, dataset, split) == sentence.format(tmp_path)


def test_does_not_compare_with_what_a_link_out_of_the_folder_leads_to(
    tmp_path: Path, dataset: Dataset, split: Split
) -> None:
    (tmp_path / "current").symlink_to("/tmp")
    assert explain(tmp_path, dataset, split) == (
        f"The link {tmp_path}/current leads out of {tmp_path}. "
        "Nothing is published there: publish a version with 'make train'."
    )


def test_does_not_compare_with_what_cannot_be_unpickled(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    publish(tmp_path, "v1", replace_content("model.pkl", b"nothing")(build_files(iris_artifact, "v1")))
    assert explain(tmp_path, dataset, split).startswith("Artifact v1 is corrupt: model.pkl cannot be unpickled (")


@pytest.mark.parametrize("shift", [2e-9, -2e-9])
def test_does_not_compare_with_a_model_that_answers_otherwise_than_its_golden_rows(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split, shift: float
) -> None:
    probabilities = iris_artifact.golden.probabilities.copy()
    probabilities[7, 1] += shift
    publish_with_golden(tmp_path, iris_artifact, probabilities=probabilities)
    sentence = "Version v1 no longer answers as it did when it was trained."
    assert explain(tmp_path, dataset, split) == sentence


@pytest.mark.parametrize("shift", [5e-10, -5e-10])
def test_compares_with_a_model_whose_answers_differ_by_less_than_the_format_allows(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split, shift: float
) -> None:
    publish_with_golden(tmp_path, iris_artifact, probabilities=iris_artifact.golden.probabilities + shift)
    assert measure_champion(tmp_path, dataset, split) is not None


def test_does_not_compare_with_a_model_of_another_number_of_probabilities(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    publish_with_golden(tmp_path, iris_artifact, probabilities=iris_artifact.golden.probabilities[:, :2])
    sentence = "Version v1 no longer answers as it did when it was trained."
    assert explain(tmp_path, dataset, split) == sentence


def test_does_not_compare_with_a_model_that_gives_no_probabilities(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    model = RidgeClassifier().fit(split.X_train, split.y_train)
    metadata = dataclasses.replace(iris_artifact.metadata, version="v1")
    files = pack_artifact(metadata, iris_artifact.golden, StandardScaler().fit(split.X_train), model)
    publish(tmp_path, "v1", files)
    assert explain(tmp_path, dataset, split) == (
        f"Artifact v1 is corrupt: the model has no predict_proba, so it gives no probabilities. {REMEDY}"
    )


def test_does_not_compare_with_a_model_that_predicts_names_where_the_data_has_indices(
    tmp_path: Path, dataset: Dataset, split: Split
) -> None:
    names: Any = np.array(dataset.classes)[dataset.y]
    named = dataclasses.replace(dataset, y=names)
    publish_model(tmp_path, "v1", named, LogisticRegression())
    assert explain(tmp_path, dataset, split).startswith("Version v1 cannot be measured (")


@pytest.mark.parametrize("code", ["import os; os._exit(3)", "import os; os.abort()"])
def test_survives_a_version_that_ends_whoever_unpickles_it(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split, code: str
) -> None:
    publish(tmp_path, "v1", build_files(iris_artifact, "v1", f"import faulthandler; faulthandler.disable(); {code}"))
    assert explain(tmp_path, dataset, split) == "Version v1 cannot be measured: it ends the process that tries."


def test_survives_a_version_that_raises_what_nobody_expects(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    publish(tmp_path, "v1", build_files(iris_artifact, "v1", "raise SystemExit('bye')"))
    assert explain(tmp_path, dataset, split) == "Version v1 cannot be measured (SystemExit: bye)."


def test_believes_no_measure_that_is_none(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    write = "import os\nfor each in range(3, 1000):\n try: os.write(each, b'[]\\n')\n except OSError: pass\nos._exit(0)"
    publish(tmp_path, "v1", build_files(iris_artifact, "v1", write))
    assert explain(tmp_path, dataset, split) == "Version v1 cannot be measured: it ends the process that tries."


def test_compares_with_a_model_whose_labels_alone_are_not_the_golden_ones(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    publish_with_golden(tmp_path, iris_artifact, labels=iris_artifact.golden.labels[::-1])
    assert measure_champion(tmp_path, dataset, split) is not None


def test_a_champion_has_as_long_as_it_needs(
    tmp_path: Path, dataset: Dataset, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float | None] = []

    def accept(*arguments: Any, **options: Any) -> Acceptance:
        limits.append(options["timeout_seconds"])
        return accept_version(*arguments, **options)

    monkeypatch.setattr(comparison, "accept_version", accept)
    publish_model(tmp_path, "v1", dataset, LogisticRegression())
    assert measure_champion(tmp_path, dataset, split) is not None
    assert limits == [None]


def test_what_a_version_is_comes_before_what_it_was_made_for(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    publish(tmp_path, "v1", build_files(iris_artifact, "v1"))
    flip_bit(tmp_path / "v1")
    other = dataclasses.replace(dataset, feature_names=dataset.feature_names[::-1])
    assert explain(tmp_path, other, split).startswith("Artifact v1 is corrupt: model.pkl does not have the SHA-256 ")


def test_unpickles_nothing_that_was_made_for_other_data(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    unpickled = tmp_path / "unpickled"
    publish(tmp_path, "v1", build_files(iris_artifact, "v1", f"open({str(unpickled)!r}, 'w').close()"))
    other = dataclasses.replace(dataset, feature_names=dataset.feature_names[::-1])
    assert explain(tmp_path, other, split) == "Version v1 has other features, or has them in another order."
    assert not unpickled.exists()


def test_does_not_compare_with_a_model_of_another_task(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    publish(tmp_path, "v1", build_files(iris_artifact, "v1"))
    numbers = Dataset("numbers", dataset.X, dataset.y, dataset.feature_names, task=REGRESSION)
    assert explain(tmp_path, numbers, split) == "Version v1 is of another task: classification, not regression."


def test_measures_nothing_where_no_rows_are_left_to_test_on(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset
) -> None:
    publish(tmp_path, "v1", build_files(iris_artifact, "v1"))
    champion = measure_champion(tmp_path, dataset, use_all_rows(dataset))
    assert champion is not None and champion.metrics == {}


def test_unpickles_nothing_that_is_not_signed_where_versions_are(
    tmp_path: Path, iris_artifact: Artifact, dataset: Dataset, split: Split
) -> None:
    publish(tmp_path, "v1", build_files(iris_artifact, "v1"))
    key = write_signing_key(tmp_path).key
    with pytest.raises(NotComparable, match="it is not signed"):
        measure_champion(tmp_path, dataset, split, key.public_key())
