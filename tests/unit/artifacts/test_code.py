from __future__ import annotations

import importlib
import io
import json
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from app.artifacts import ArtifactCorrupt, read_artifact
from app.artifacts.code import add_code, list_modules, strip_root
from app.artifacts.manifest import MAX_CODE_BYTES, FileDigest
from app.model.model import load_model
from tests.support.fitted_models import make_numbers, pack_small, publish_files
from tests.support.running_server import ROOT

CODE = {
    "code/shop.__init__.py": b"from shop.scaling import Doubler\n",
    "code/shop.scaling.py": b"""
from __future__ import annotations
from dataclasses import dataclass
from . import factor

@dataclass
class Setting:
    factor: float

def read_factor():
    import shop.factor
    from shop.factor import FACTOR
    return Setting(FACTOR).factor + shop.factor.FACTOR - factor.FACTOR

def fail():
    raise RuntimeError("on purpose")

class Doubler:
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return X * read_factor()
""",
    "code/shop.factor.py": b"FACTOR = 2.0\n",
    "code/single.py": b"import shop.factor as f\nFACTOR = f.FACTOR\n",
    "code/loose.inner.py": b"NAME = 'inner'\n",
}
TRIPLING = {**CODE, "code/shop.factor.py": b"FACTOR = 3.0\n"}


def import_code(files: Mapping[str, bytes], module: str) -> Any:
    return importlib.import_module(f"{add_code(files)}.{module}")


def test_modules_import_each_other_by_the_names_that_they_had() -> None:
    assert import_code(CODE, "shop").Doubler().transform(1.0) == 2.0
    assert import_code(CODE, "single").FACTOR == 2.0
    assert import_code(CODE, "loose.inner").NAME == "inner"


def test_two_versions_of_the_same_modules_do_not_mix() -> None:
    doubler, tripler = import_code(CODE, "shop").Doubler(), import_code(TRIPLING, "shop").Doubler()
    assert (doubler.transform(1.0), tripler.transform(1.0), doubler.transform(1.0)) == (2.0, 3.0, 2.0)


def test_no_module_goes_by_the_name_that_it_had() -> None:
    import_code(CODE, "shop.scaling")
    assert {"shop", "shop.scaling", "single"} & sys.modules.keys() == set()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("shop")


def test_nothing_on_the_path_takes_the_place_of_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("raise RuntimeError('from the path')")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_code({**CODE, "code/more.py": b"import shop\n"}, "more").shop.Doubler().transform(1.0) == 2.0


def test_a_module_that_is_not_there_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match="gone"):
        import_code(CODE, "shop.gone")


def test_a_traceback_has_the_lines_of_the_code() -> None:
    try:
        import_code(CODE, "shop.scaling").fail()
    except RuntimeError as error:
        assert 'raise RuntimeError("on purpose")' in "".join(traceback.format_exception(error))


def test_an_object_finds_its_code_in_a_process_that_knows_the_version() -> None:
    buffer = io.BytesIO()
    joblib.dump(import_code(CODE, "shop").Doubler(), buffer)
    script = (
        "import io, sys, joblib; from app.artifacts.code import add_code; add_code({code});"
        "print(joblib.load(io.BytesIO({content})).transform(1.0))"
    )
    told = script.replace("{code}", repr(CODE)).replace("{content}", repr(buffer.getvalue()))
    known = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True)
    assert known.stdout == "2.0\n", known.stderr


def test_lists_modules_with_the_packages_that_they_stand_in() -> None:
    assert list_modules(CODE) == {"shop", "shop.scaling", "shop.factor", "single", "loose", "loose.inner"}


@pytest.mark.parametrize("name", ["sklearn.svm.SVC", "single.Thing"])
def test_a_name_outside_of_a_version_stays(name: str) -> None:
    assert strip_root(name) == name


def test_a_class_is_called_by_the_name_that_it_had() -> None:
    doubler = import_code(CODE, "shop").Doubler
    assert strip_root(f"{doubler.__module__}.{doubler.__qualname__}") == "shop.scaling.Doubler"


@pytest.fixture
def files() -> dict[str, bytes]:
    """Return the files of a version whose preprocessor is of code that it brings along."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    doubler = import_code(CODE, "shop").Doubler()
    X, y = make_numbers()
    pipeline = Pipeline([("double", doubler), ("answer", LogisticRegression())]).fit(X, y)
    return pack_small(pipeline, code=CODE)


def test_a_version_brings_its_code_along(tmp_path: Path, files: dict[str, bytes]) -> None:
    artifact = publish_files(tmp_path, files)
    assert (tmp_path / "v1" / "code" / "shop.scaling.py").read_bytes() == CODE["code/shop.scaling.py"]
    assert artifact.code == CODE
    model = load_model(artifact)
    X, _ = make_numbers()
    expected = artifact.unpickle()[1].predict_proba(X * 2.0)
    assert np.array_equal(model.answer(X).probabilities, expected)
    assert artifact.metadata.preprocessor == "shop.scaling.Doubler"


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda code: (code / "single.py").write_bytes(b"x" * 42), "SHA-256"),
        (lambda code: (code / "single.py").unlink(), "code/single.py is missing"),
        (lambda code: (code / "more.py").touch(), "'code/more.py', which the manifest does not name"),
        (lambda code: (code / "inner").mkdir(), "'code/inner', which the manifest does not name"),
        (lambda code: (code.rename(code.parents[2] / "away"), code.symlink_to("../../away")), "'code', which"),
    ],
)
def test_code_that_is_not_what_was_published_is_refused(
    tmp_path: Path, files: dict[str, bytes], damage: Any, fault: str
) -> None:
    publish_files(tmp_path / "artifacts", files)
    damage(tmp_path / "artifacts" / "v1" / "code")
    with pytest.raises(ArtifactCorrupt, match=fault):
        read_artifact(tmp_path / "artifacts")


def test_follows_a_link_in_place_of_the_code_that_leads_to_the_folder_of_versions(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    publish_files(tmp_path, files)
    (tmp_path / "v1" / "code").rename(tmp_path / "..data")
    (tmp_path / "v1" / "code").symlink_to("../..data")
    assert read_artifact(tmp_path).code == CODE


@pytest.mark.parametrize("name", ["code/../model.py", "code/a/b.py", "code/x.txt", "code/.py", "code/1.py", "code.py"])
def test_a_manifest_names_no_other_files_for_code(tmp_path: Path, files: dict[str, bytes], name: str) -> None:
    metadata = json.loads(files["metadata.json"])
    metadata["files"][name] = vars(FileDigest.of(b""))
    with pytest.raises(ArtifactCorrupt, match="the manifest names '.+', which"):
        publish_files(tmp_path, files | {"metadata.json": json.dumps(metadata).encode()})


def test_a_version_with_too_much_code_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    metadata = json.loads(files["metadata.json"])
    metadata["files"]["code/single.py"]["size"] = MAX_CODE_BYTES
    with pytest.raises(ArtifactCorrupt, match=r"the code of the version has \d+ bytes, more than the 4194304 allowed"):
        publish_files(tmp_path, files | {"metadata.json": json.dumps(metadata).encode()})
