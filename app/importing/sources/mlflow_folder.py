"""Models in folders by MLflow, read without it: the model itself, its signature and its input example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from app.artifacts.errors import NotPublishable
from app.importing.sources.catboost_file import load_catboost
from app.importing.sources.lightgbm_file import load_lightgbm
from app.importing.sources.pickled import load_pickled
from app.importing.sources.skops_file import load_skops
from app.importing.sources.source import LoadedModel, Source, SourceOptions
from app.importing.sources.xgboost_file import load_xgboost
from app.publishing.code_files import read_code

DESCRIPTION_FILE = "MLmodel"

_FILE_KEYS = {"sklearn": "pickled_model", "xgboost": "data", "lightgbm": "data", "catboost": "data"}
_OWN_SOURCES: dict[str, Source] = {"xgboost": load_xgboost, "lightgbm": load_lightgbm, "catboost": load_catboost}
_PICKLES = frozenset({".pkl", ".pickle", ".joblib"})

# By the types of a signature; of a string, the sample says whether it is a category.
_KINDS = {
    "double": "number", "float": "number", "long": "integer", "integer": "integer", "boolean": "boolean",
    "datetime": "date-time",
}  # fmt: skip


def load_mlflow(path: Path, options: SourceOptions) -> LoadedModel:
    """Return the model in a folder by MLflow, of one of the flavors that can be served. Raises `NotPublishable`."""
    description = _read_description(path)
    flavors: Mapping[str, Any] = description.get("flavors") or {}
    flavor = next((name for name in _FILE_KEYS if name in flavors), None)
    if flavor is None:
        raise NotPublishable(
            f"{path} is of the flavor {', '.join(flavors) or 'none'}, and served are {', '.join(_FILE_KEYS)}."
        )
    file = path / str(flavors[flavor].get(_FILE_KEYS[flavor]))
    if not file.is_file():
        raise NotPublishable(f"{file} is missing, where the {DESCRIPTION_FILE} of {path} says that the model is.")
    code = options.code or _read_own_code(path, flavors)
    loaded = _find_source(flavor, file, flavors[flavor])(file, replace(options, code=code))
    kinds = _read_kinds(description)
    return replace(loaded, kinds=kinds, sample=_read_example(path, description, kinds), code=code)


def _read_description(path: Path) -> dict[str, Any]:
    try:
        description = yaml.safe_load((path / DESCRIPTION_FILE).read_text())
    except FileNotFoundError as error:
        raise NotPublishable(f"{path} is no folder of a model by MLflow: it has no file {DESCRIPTION_FILE}.") from error
    except (ValueError, yaml.YAMLError) as error:
        raise NotPublishable(f"{path / DESCRIPTION_FILE} is no YAML: {error}.") from error
    if not isinstance(description, dict):
        raise NotPublishable(f"{path / DESCRIPTION_FILE} does not describe a model.")
    return description


def _find_source(flavor: str, file: Path, described: Mapping[str, Any]) -> Source:
    """Return what reads the file of a model, which may be pickled whatever its flavor is."""
    if flavor == "sklearn" and described.get("serialization_format") == "skops" or file.suffix == ".skops":
        return load_skops
    return load_pickled if flavor == "sklearn" or file.suffix in _PICKLES else _OWN_SOURCES[flavor]


def _read_own_code(path: Path, flavors: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the code that was logged with the model, if there is any."""
    folder = (flavors.get("python_function") or {}).get("code")
    return read_code(path / folder) if folder and (path / folder).is_dir() else {}


def _read_kinds(description: Mapping[str, Any]) -> dict[str, str]:
    signature = description.get("signature") or {}
    inputs = json.loads(signature.get("inputs") or "[]")
    return {each["name"]: _KINDS[each["type"]] for each in inputs if "name" in each and each.get("type") in _KINDS}


def _read_example(path: Path, description: Mapping[str, Any], kinds: Mapping[str, str]) -> pd.DataFrame | None:
    """Return the input example as a frame of the signature's types; `None` where there is none that is a table."""
    example = description.get("saved_input_example_info") or {}
    file = path / str(example.get("artifact_path"))
    if example.get("type") != "dataframe" or not file.is_file():
        return None
    content = json.loads(file.read_text())
    columns = [str(name) for name in content.get("columns", [])]
    if not columns or "data" not in content:
        return None
    frame = pd.DataFrame(content["data"], columns=columns)
    for name, kind in kinds.items():
        if name in frame and kind == "date-time":
            frame[name] = pd.to_datetime(frame[name], format="ISO8601")
        elif name in frame and kind == "number":
            frame[name] = frame[name].astype("float64")
    return frame.astype({name: object for name in frame if frame[name].dtype == "str"})
