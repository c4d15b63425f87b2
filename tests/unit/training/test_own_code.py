from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import training
from app.artifacts import list_versions, read_artifact
from app.artifacts.errors import NotPublishable
from app.model.predictor import ModelPredictor
from app.publishing.code_files import read_code
from tests.support.own_classes import write_package, write_sample
from training import train
from training.errors import EstimatorUnusable
from training.own_code import carry_along

X = np.random.default_rng(0).normal(size=(80, 3))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
BUILD = """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from shop.scaling import Scaler

def build():
    return make_pipeline(Scaler(), LogisticRegression())
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have a package of one's own on the path, as it lies beside a script."""
    written = write_package(tmp_path)
    (written / "models.py").write_text(BUILD)
    monkeypatch.syspath_prepend(tmp_path)
    yield written
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


def build_own() -> Any:
    from shop.models import build  # type: ignore[import-not-found]

    return build()


@pytest.mark.real_trial
@pytest.mark.parametrize("is_fitted", [False, True])
def test_a_version_brings_the_classes_of_a_pipeline_along(package: Path, tmp_path: Path, is_fitted: bool) -> None:
    model = build_own()
    reference = build_own().fit(X[:60], Y[:60])
    published = training.publish(
        reference if is_fitted else model, X[:60], Y[:60], artifact_dir=tmp_path / "artifacts", code=package
    )
    names = {path.name for path in (published.folder / "code").iterdir()}
    assert names == {"shop.__init__.py", "shop.factor.py", "shop.models.py", "shop.scaling.py"}
    preprocessor, _ = read_artifact(tmp_path / "artifacts").unpickle()
    assert type(preprocessor).__module__.startswith("version_code_")
    assert np.array_equal(preprocessor.transform(X), X * 2)
    if is_fitted:
        predictor = ModelPredictor(str(tmp_path / "artifacts"))
        predictor.load()
        assert predictor.predict_batch(X[60:]).arrays["labels"].tolist() == reference.predict(X[60:]).tolist()


@pytest.mark.real_trial
def test_the_command_brings_them_along(package: Path, tmp_path: Path) -> None:
    sample = write_sample(tmp_path / "sample.csv")
    options = ["--data", str(sample), "--target", "label", "--estimator", "shop.models:build", "--code", str(package)]
    train.main([*options, "--artifact-dir", str(tmp_path / "artifacts"), "--version", "own"])
    assert (tmp_path / "artifacts" / "own" / "code" / "shop.scaling.py").read_bytes() == (
        package / "scaling.py"
    ).read_bytes()


def test_refuses_them_before_anything_is_fitted_without_their_files(package: Path, tmp_path: Path) -> None:
    with pytest.raises(EstimatorUnusable) as refused:
        training.publish(build_own(), X, Y, artifact_dir=tmp_path / "artifacts")
    assert str(refused.value) == (
        "The pipeline needs shop.scaling.Scaler, which a server does not have. Name the file or the folder of shop "
        "with --code (in Python, code=), and the version brings it along."
    )
    assert list_versions(tmp_path / "artifacts") == []


def test_takes_the_classes_of_a_script_from_the_file_that_defines_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, file = ModuleType("__main__"), tmp_path / "fit.py"
    file.write_text("from sklearn.linear_model import LogisticRegression\n\nclass Own(LogisticRegression):\n    pass\n")
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec(file.read_text(), main.__dict__)
    own = carry_along(make_pipeline(main.Own()), read_code(file))
    assert type(own[-1]).__module__.endswith(".fit") and isinstance(own[-1], LogisticRegression)
    file.write_text("class Other:\n    pass\n")
    with pytest.raises(NotPublishable) as refused:
        carry_along(make_pipeline(main.Own()), read_code(file))
    assert str(refused.value) == (
        "The pipeline needs Own of the script or notebook that made it, and no module of --code defines that: name the "
        "file that does."
    )
