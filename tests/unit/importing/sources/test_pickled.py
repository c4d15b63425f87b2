from __future__ import annotations

import bz2
import gzip
import lzma
import pickle
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import numpy as np
import pytest

from app.artifacts.errors import NotPublishable
from app.importing.sources.pickled import load_pickled
from app.importing.sources.source import SourceOptions
from app.publishing.code_files import read_code
from tests.support.fitted_models import fit_small_model, make_numbers
from tests.support.own_classes import pickle_with, write_package

X, _ = make_numbers()


def write_compressed(compress: Callable[[bytes], bytes]) -> Callable[[Any, Path], object]:
    return lambda model, path: path.write_bytes(compress(pickle.dumps(model)))


@pytest.mark.parametrize(
    "write",
    [
        joblib.dump,
        lambda model, path: joblib.dump(model, path, compress=3),
        lambda model, path: joblib.dump(model, path, compress=("gzip", 1)),
        lambda model, path: joblib.dump(model, path, compress=("xz", 1)),
        lambda model, path: path.write_bytes(pickle.dumps(model)),
        lambda model, path: path.write_bytes(pickle.dumps(model, protocol=0)),
        lambda model, path: path.write_bytes(cloudpickle.dumps(model)),
        write_compressed(gzip.compress),
        write_compressed(bz2.compress),
        write_compressed(lzma.compress),
        write_compressed(zlib.compress),
    ],
)
def test_loads_what_joblib_and_pickle_write(tmp_path: Path, write: Callable[[Any, Path], object]) -> None:
    model = fit_small_model()
    write(model, tmp_path / "model")
    loaded = load_pickled(tmp_path / "model", SourceOptions()).model
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_runs_nothing_of_a_file_that_needs_what_a_server_lacks(tmp_path: Path) -> None:
    write_package(tmp_path)
    model = pickle_with(tmp_path)
    with pytest.raises(NotPublishable, match="model.joblib needs shop.scaling.Scaler, which a server does not have. "):
        load_pickled(model, SourceOptions())
    assert "shop" not in sys.modules


@pytest.mark.parametrize("name", ["Scaler", "Local"])
def test_takes_classes_from_the_code_that_comes_with_it(tmp_path: Path, name: str) -> None:
    write_package(tmp_path)
    model = pickle_with(tmp_path, name)
    code = read_code(tmp_path)
    before = sys.modules["__main__"]
    loaded = load_pickled(model, SourceOptions(code)).model
    assert type(loaded[0]).__module__.startswith("version_code_")
    assert np.array_equal(loaded[0].transform(X), X * 2.0)
    assert "shop" not in sys.modules and sys.modules["__main__"] is before


def test_asks_for_the_script_where_no_module_defines_its_class(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    model = pickle_with(tmp_path, "Local")
    with pytest.raises(NotPublishable) as refused:
        load_pickled(model, SourceOptions(read_code(package)))
    assert str(refused.value) == (
        f"{model} needs Local of the script or notebook that made it, and no module of --code defines that: name the "
        "file that does."
    )


def test_says_which_module_of_the_code_cannot_be_imported(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    model = pickle_with(tmp_path)
    (package / "factor.py").write_text("raise RuntimeError('on purpose')")
    with pytest.raises(NotPublishable, match="of --code cannot be imported: RuntimeError: on purpose"):
        load_pickled(model, SourceOptions(read_code(package)))
    assert "shop" not in sys.modules


def test_refuses_a_model_of_another_scikit_learn(tmp_path: Path) -> None:
    state = pickle.dumps(fit_small_model()[-1])
    (tmp_path / "model.pkl").write_bytes(state.replace(b"1.9.1", b"1.2.3"))
    with pytest.raises(NotPublishable, match="was pickled by scikit-learn 1.2.3, and this is 1.9.1, which may answer"):
        load_pickled(tmp_path / "model.pkl", SourceOptions())


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"a,b\n1,2\n", "is no model by joblib or pickle: it is no pickle that can be read"),
        (b"\x1f\x8b\x08 and so on", "cannot be decompressed: "),
        (b"csklearn.svm\nGone\n.", "cannot be unpickled (AttributeError: "),
    ],
)
def test_refuses_what_cannot_be_read(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "model.pkl").write_bytes(content)
    with pytest.raises(NotPublishable) as refused:
        load_pickled(tmp_path / "model.pkl", SourceOptions())
    assert str(refused.value).startswith(f"{tmp_path}/model.pkl {fault}")
