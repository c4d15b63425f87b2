from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import RandomForestClassifier

from app.artifacts.errors import NotPublishable
from app.importing.sources.skops_file import load_skops
from app.importing.sources.source import SourceOptions
from app.publishing.code_files import read_code
from tests.support.fitted_models import fit_small_model, make_numbers
from tests.support.own_classes import pickle_with, write_package

X, Y = make_numbers()


def test_loads_a_model_of_trusted_types(tmp_path: Path) -> None:
    model = fit_small_model()
    skops.io.dump(model, tmp_path / "model.skops")
    loaded = load_skops(tmp_path / "model.skops", SourceOptions()).model
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_lists_the_types_that_it_asks_to_be_trusted_and_loads_them_once_they_are(tmp_path: Path) -> None:
    model = RandomForestClassifier(3, random_state=0).fit(X, Y)
    path = tmp_path / "model.skops"
    skops.io.dump(model, path)
    with pytest.raises(NotPublishable) as refused:
        load_skops(path, SourceOptions())
    assert str(refused.value) == (
        f"{path} holds types that skops does not trust. If you do, import it with --trust sklearn.tree._tree.Tree."
    )
    loaded = load_skops(path, SourceOptions(trusted=["sklearn.tree._tree.Tree"])).model
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_takes_trusted_classes_from_the_code_that_comes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    import joblib

    package = write_package(tmp_path)
    pickled = pickle_with(tmp_path)
    with monkeypatch.context() as patched:
        patched.syspath_prepend(tmp_path)
        skops.io.dump(joblib.load(pickled), tmp_path / "model.skops")
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]
    options = SourceOptions(read_code(package), trusted=["shop.scaling.Scaler"])
    loaded = load_skops(tmp_path / "model.skops", options).model
    assert type(loaded[0]).__module__.startswith("version_code_")


def test_takes_trusted_classes_of_a_script_from_the_code_that_comes_with_it(tmp_path: Path) -> None:
    write_package(tmp_path)
    path = pickle_with(tmp_path, "Local", file="model.skops")
    loaded = load_skops(path, SourceOptions(read_code(tmp_path), trusted=["__main__.Local"])).model
    assert type(loaded[0]).__module__.startswith("version_code_")
    assert loaded.predict(np.array([[1.0, 1.0, 0.0], [-1.0, -1.0, 0.0]])).tolist() == [1, 0]


def test_says_what_to_do_about_a_trusted_class_of_a_script(tmp_path: Path) -> None:
    write_package(tmp_path)
    path = pickle_with(tmp_path, "Local", file="model.skops")
    with pytest.raises(NotPublishable) as refused:
        load_skops(path, SourceOptions(trusted=["__main__.Local"]))
    assert str(refused.value) == (
        f"{path} needs __main__.Local, which was defined in the script or notebook itself, where a server has none. "
        "Put it into a file of its own and name that with --code (in Python, code=); or name the script, if importing "
        "it trains nothing."
    )


def test_refuses_what_skops_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(b"no archive")
    with pytest.raises(NotPublishable, match="model.skops is no model by skops .BadZipFile: "):
        load_skops(tmp_path / "model.skops", SourceOptions())
