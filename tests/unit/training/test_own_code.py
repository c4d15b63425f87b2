from __future__ import annotations

import os
import subprocess
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
from tests.support.running_server import DEADLINE_SECONDS, ROOT
from training import train
from training.dataset import build_dataset
from training.errors import EstimatorUnusable
from training.own_code import carry_along
from training.run import Plan, publish_pipeline
from training.splitting import use_all_rows

X = np.random.default_rng(0).normal(size=(80, 3))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
BUILD = """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from shop.scaling import Scaler

def build():
    return make_pipeline(Scaler(), LogisticRegression())
"""
KEEPING = """
from sklearn.base import BaseEstimator, TransformerMixin

class Keeper(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        self.function_ = lambda X: X
        return self

    def transform(self, X):
        return self.function_(X)
"""
SCRIPT = """
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

class Tripler(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X * 3

if __name__ == "__main__":
    import training

    X = np.random.default_rng(0).normal(size=(80, 3))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    training.publish(make_pipeline(Tripler(), LogisticRegression()), X, y, code=__file__)
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


def test_looks_into_the_files_before_anything_is_fitted(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.run.fit_candidate", lambda *_, **__: pytest.fail("this must have been refused"))
    from shop.scaling import Scaler  # type: ignore[import-not-found]

    model = make_pipeline(Scaler(), LogisticRegression())
    (package / "scaling.py").write_text("class Renamed:\n    pass\n")
    with pytest.raises(NotPublishable) as refused:
        training.publish(model, X, Y, artifact_dir=tmp_path / "artifacts", code=package)
    assert str(refused.value).startswith(
        "The pipeline cannot be pickled, or not be read with the files of --code (AttributeError: "
    )


def test_refuses_a_fitted_model_of_one_s_own_without_its_files(package: Path, tmp_path: Path) -> None:
    with pytest.raises(EstimatorUnusable, match=r"^The pipeline needs shop\.scaling\.Scaler, which a server does not"):
        training.publish(build_own().fit(X, Y), X, Y, artifact_dir=tmp_path / "artifacts")


@pytest.mark.parametrize("with_code", [False, True])
def test_says_what_of_a_fit_cannot_be_pickled(package: Path, tmp_path: Path, with_code: bool) -> None:
    (package / "keeping.py").write_text(KEEPING)
    from shop.keeping import Keeper  # type: ignore[import-not-found]

    code = read_code(package) if with_code else {}
    fitted = make_pipeline(Keeper(), LogisticRegression()).fit(X, Y)
    plan = Plan(tmp_path / "artifacts", "v", 0, code=code)
    dataset = build_dataset("own", X, Y, estimator=LogisticRegression())
    with pytest.raises(NotPublishable, match="be pickled"):
        publish_pipeline(fitted, dataset, use_all_rows(dataset), {}, plan)


def test_imports_those_modules_alone_that_the_pipeline_is_made_of(package: Path) -> None:
    (package / "program.py").write_text("import sys\nA = sys.exit('this is run')\n")
    own = carry_along(build_own(), read_code(package))
    assert type(own[0]).__module__.endswith(".shop.scaling")


def test_runs_no_other_script_of_a_folder_to_find_the_one_that_defines_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = ModuleType("__main__")
    text = "from sklearn.linear_model import LogisticRegression\n\nclass Own(LogisticRegression):\n    pass\n"
    (tmp_path / "a_program.py").write_text("import sys\nA = sys.exit('this is run')\n")
    (tmp_path / "fit.py").write_text(text)
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec(text, main.__dict__)
    assert type(carry_along(make_pipeline(main.Own()), read_code(tmp_path))[-1]).__module__.endswith(".fit")
    # Nor where no class of a script is asked for.
    carry_along(make_pipeline(LogisticRegression()), read_code(tmp_path))


def test_says_which_module_ends_the_process_instead_of_defining_a_class(package: Path) -> None:
    model = build_own()
    (package / "scaling.py").write_text("import sys\nA = sys.exit('this is run')\n")
    with pytest.raises(NotPublishable) as refused:
        carry_along(model, read_code(package))
    assert str(refused.value) == "The module shop.scaling of --code cannot be imported: SystemExit: this is run."


def test_a_script_publishes_the_classes_that_it_defines_itself(tmp_path: Path) -> None:
    (tmp_path / "fit.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "fit.py"], cwd=tmp_path, env=environment, check=True, timeout=DEADLINE_SECONDS)
    preprocessor, _ = read_artifact(tmp_path / "artifacts").unpickle()
    assert type(preprocessor).__module__.endswith(".fit")
    assert np.array_equal(preprocessor.transform(X), X * 3)
