from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest
import sklearn

from app.artifacts import LibraryMissing, read_artifact
from app.artifacts.libraries import explain_installing, is_installed, list_releases
from tests.support.fitted_models import fit_small_model, pack_small, publish_files


def test_names_the_releases_of_the_libraries_that_modules_are_of() -> None:
    releases = list_releases(["sklearn.svm", "sklearn.base", "joblib.numpy_pickle", "builtins", "no_such_library.one"])
    assert releases == {"joblib": importlib.metadata.version("joblib"), "scikit-learn": sklearn.__version__}


@pytest.mark.parametrize(
    ("name", "is_there"),
    [("scikit-learn", True), ("numpy", True), ("no-such-library", False), ("", False), ("os/path", False)],
)
def test_knows_whether_a_library_is_installed(name: str, is_there: bool) -> None:
    assert is_installed(name) is is_there


def test_takes_a_library_for_installed_that_comes_in_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", {"xgboost-cpu": "3.2.0"}.__getitem__)
    monkeypatch.setattr(importlib.metadata, "PackageNotFoundError", KeyError)
    assert is_installed("xgboost")
    assert list_releases(["xgboost.sklearn"]) == {"xgboost": "3.2.0"}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("xgboost", "install requirements/boosting.txt"),
        ("lightgbm", "install requirements/boosting.txt"),
        ("scikit-learn", "install requirements/serving.txt"),
        ("skorch", "name it in requirements/model.txt, with its hashes, and install that"),
    ],
)
def test_says_what_to_install(name: str, remedy: str) -> None:
    assert explain_installing(name) == remedy


def test_a_version_names_the_libraries_of_its_pickles() -> None:
    metadata = json.loads(pack_small()["metadata.json"])
    assert {"python", "numpy", "scikit-learn", "joblib"} == set(metadata["library_versions"])


def test_a_version_is_refused_for_a_library_that_is_missing_before_its_pickles_are_looked_at(tmp_path: Path) -> None:
    files = pack_small(libraries={"no-such-library": "3.2.0"})
    with pytest.raises(LibraryMissing) as refused:
        publish_files(tmp_path, files | {"model.pkl": b""})
    assert str(refused.value) == (
        "Artifact v1 needs no-such-library 3.2.0, which is not installed: name it in requirements/model.txt, with its "
        "hashes, and install that."
    )


def test_a_library_that_the_metadata_do_not_name_is_missing_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = publish_files(tmp_path, pack_small(fit_small_model()))
    broken = read_artifact(tmp_path)
    object.__setattr__(broken, "model_bytes", b"cno_such_library.inner\nThing\n.")
    with pytest.raises(LibraryMissing, match="^Artifact v1 needs no_such_library, which is not installed: "):
        broken.unpickle()
    assert artifact.unpickle()
    assert "no_such_library" not in sys.modules
