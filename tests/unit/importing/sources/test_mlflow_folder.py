"""Folders as MLflow writes them, written here by hand: it is not among the requirements."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest
import skops.io
import yaml

from app.artifacts.errors import NotPublishable
from app.importing.sources.kinds import load_model_file
from app.importing.sources.source import SourceOptions
from tests.support.fitted_models import fit_small_model, make_numbers
from tests.support.own_classes import pickle_with, write_package

X, _ = make_numbers()
INPUTS = [
    {"type": "double", "name": "a", "required": True},
    {"type": "long", "name": "b", "required": True},
    {"type": "string", "name": "c", "required": True},
    {"type": "datetime", "name": "d", "required": True},
    {"type": "boolean", "name": "e", "required": True},
]
EXAMPLE = {
    "columns": list("abcde"),
    "data": [[1, 2, "x", "2026-01-31T12:00:00", True], [2.5, 3, "y", "2026-02-01", False]],
}


def write_folder(folder: Path, flavor: dict[str, Any], **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    flavors = {"python_function": {"loader_module": "mlflow.sklearn"}, **flavor}
    (folder / "MLmodel").write_text(yaml.safe_dump({"flavors": flavors, **more}))
    return folder


def write_sklearn(folder: Path, name: str = "model.pkl", form: str = "cloudpickle", **more: Any) -> Path:
    flavor = {"sklearn": {"pickled_model": name, "serialization_format": form, "sklearn_version": "1.9.1"}}
    return write_folder(folder, flavor, **more)


@pytest.mark.parametrize(
    ("name", "form", "write"),
    [
        ("model.pkl", "cloudpickle", lambda model, path: path.write_bytes(cloudpickle.dumps(model))),
        ("model.skops", "skops", skops.io.dump),
    ],
)
def test_loads_a_model_of_scikit_learn(tmp_path: Path, name: str, form: str, write: Callable[[Any, Path], Any]) -> None:
    model = fit_small_model()
    folder = write_sklearn(tmp_path / "mlflow", name, form)
    write(model, folder / name)
    loaded = load_model_file(folder, SourceOptions())
    assert np.array_equal(loaded.model.predict_proba(X), model.predict_proba(X))
    assert (loaded.sample, loaded.kinds) == (None, {})


def test_takes_kinds_from_the_signature_and_rows_from_the_input_example(tmp_path: Path) -> None:
    folder = write_sklearn(
        tmp_path / "mlflow",
        signature={"inputs": json.dumps(INPUTS), "outputs": "[]"},
        saved_input_example_info={"artifact_path": "example.json", "type": "dataframe", "pandas_orient": "split"},
    )
    (folder / "model.pkl").write_bytes(cloudpickle.dumps(fit_small_model()))
    (folder / "example.json").write_text(json.dumps(EXAMPLE))
    loaded = load_model_file(folder, SourceOptions())
    assert loaded.kinds == {"a": "number", "b": "integer", "d": "date-time", "e": "boolean"}
    assert [str(dtype).partition("[")[0] for dtype in loaded.sample.dtypes] == [
        "float64", "int64", "object", "datetime64", "bool",
    ]  # fmt: skip


def test_takes_the_code_that_was_logged_with_it(tmp_path: Path) -> None:
    write_package(tmp_path)
    model = pickle_with(tmp_path)
    folder = write_sklearn(tmp_path / "mlflow", "model.pkl")
    description = yaml.safe_load((folder / "MLmodel").read_text())
    description["flavors"]["python_function"]["code"] = "code"
    (folder / "MLmodel").write_text(yaml.safe_dump(description))
    model.rename(folder / "model.pkl")
    (folder / "code").mkdir()
    (tmp_path / "shop").rename(folder / "code" / "shop")
    loaded = load_model_file(folder, SourceOptions())
    assert "code/shop.scaling.py" in loaded.code
    assert type(loaded.model[0]).__module__.startswith("version_code_")


@pytest.mark.parametrize("flavor", ["xgboost", "lightgbm", "catboost"])
def test_reads_a_booster_by_its_own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flavor: str) -> None:
    folder = write_folder(tmp_path / "mlflow", {flavor: {"data": "model.bin"}})
    (folder / "model.bin").touch()
    monkeypatch.setitem(__import__("sys").modules, flavor, None)
    with pytest.raises(NotPublishable, match=f"Reading .*/model.bin takes {flavor}, which is not installed"):
        load_model_file(folder, SourceOptions())


@pytest.mark.parametrize(
    ("write", "fault"),
    [
        (Path.mkdir, "{0} is no folder of a model by MLflow: it has no file MLmodel."),
        (lambda folder: write_folder(folder, {"keras": {}}), "{0} is of the flavor keras, python_function, and served"),
        (write_sklearn, "{0}/model.pkl is missing, where the MLmodel of {0} says that the model is."),
        (lambda folder: (folder.mkdir(), (folder / "MLmodel").write_text("- 1")), "{0}/MLmodel does not describe a"),
        (lambda folder: (folder.mkdir(), (folder / "MLmodel").write_text("{")), "{0}/MLmodel is no YAML: "),
    ],
)
def test_refuses_a_folder_that_it_cannot_read(tmp_path: Path, write: Callable[[Path], object], fault: str) -> None:
    write(tmp_path / "mlflow")
    with pytest.raises(NotPublishable) as refused:
        load_model_file(tmp_path / "mlflow", SourceOptions())
    assert str(refused.value).startswith(fault.replace("{0}", str(tmp_path / "mlflow")))
