"""Columns of a fitted model: their names and the categories that it was trained with, as far as it knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.pipeline import Pipeline

from app.artifacts.errors import NotPublishable

# What LightGBM calls columns that have no names, and CatBoost.
_MADE_UP = re.compile(r"Column_\d+|\d+")


def find_feature_names(model: Any) -> list[str] | None:
    """Return the names of the columns that a fitted model was trained on, in its order; `None` where it had none."""
    for name in ("feature_names_in_", "feature_names_"):
        names = getattr(model, name, None)
        if names is not None:
            listed = [str(each) for each in names]
            return None if all(map(_MADE_UP.fullmatch, listed)) else listed
    return None


def check_names(given: Sequence[str], names: Sequence[str]) -> None:
    """Raise `NotPublishable` unless the columns `given` are those of the model, in its order.

    LightGBM knows a name with blanks by one with underscores.
    """
    if [_normalize(name) for name in given] == [_normalize(name) for name in names]:
        return
    wanted, known = {_normalize(name) for name in names}, {_normalize(name) for name in given}
    missing = [name for name in names if _normalize(name) not in known]
    unknown = [name for name in given if _normalize(name) not in wanted]
    if missing:
        raise NotPublishable(
            f"The sample has no column {_join(missing)}, which the model was trained on"
            f"{f'; it has {_join(unknown)}, which the model does not know' if unknown else ''}."
        )
    if unknown:
        raise NotPublishable(
            f"The sample has {_join(unknown)}, which the model does not know. Leave out what it was not trained on "
            "with --drop, and name what it predicts with --target."
        )
    place = next(place for place, pair in enumerate(zip(given, names, strict=True)) if pair[0] != pair[1])
    raise NotPublishable(
        f"The columns of the sample are in another order than those of the model: column {place + 1} is "
        f"{given[place]!r}, where the model has {names[place]!r}. Write the sample in the model's order."
    )


def check_count(given: Sequence[str], model: Any) -> None:
    """Raise `NotPublishable` where a model that knows no names was trained on another number of columns."""
    # CatBoost counts none once it has been read from its own file.
    n_features = int(getattr(model, "n_features_in_", 0)) or len(getattr(model, "feature_names_", ()))
    if n_features and n_features != len(given):
        raise NotPublishable(
            f"The model takes {n_features} columns, and the sample has {len(given)}: {_join(given)}. Leave out "
            "what the model does not take with --drop, and name what it predicts with --target."
        )


def find_categories(model: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values, in the order of training, of columns that a booster takes as categories, by name."""
    estimator = model.steps[-1][1] if isinstance(model, Pipeline) and len(model.steps) == 1 else model
    library = type(estimator).__module__.partition(".")[0]
    return _FINDERS[library](estimator, names) if library in _FINDERS else {}


def _find_of_lightgbm(model: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    booster = model.booster_
    if not booster.pandas_categorical:
        return {}
    places = booster.params.get("categorical_column") or booster.params.get("categorical_feature")
    if not isinstance(places, list) or len(places) != len(booster.pandas_categorical):
        places = _find_categorical(booster.model_to_string())
    return {names[place]: list(values) for place, values in zip(places, booster.pandas_categorical, strict=True)}


def _find_categorical(text: str) -> list[int]:
    """Return the places of the columns that LightGBM's own text of a model says to be categories."""
    found = re.search(r"^\[categorical_feature: ([\d,]*)\]$", text, re.MULTILINE)
    return [int(place) for place in found[1].split(",")] if found and found[1] else []


def _find_of_xgboost(model: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    kinds = model.get_booster().feature_types or []
    if "c" not in kinds:
        return {}
    try:
        known: Mapping[str, Any] = dict(model.get_booster().get_categories(export_to_arrow=True).to_arrow())
    except ImportError as error:
        raise NotPublishable(
            "Reading the categories of a model by XGBoost takes pyarrow: install requirements/training.txt."
        ) from error
    return {
        name: known[name].to_pylist()
        for name, kind in zip(names, kinds, strict=True)
        if kind == "c" and known.get(name)
    }


_FINDERS = {"lightgbm": _find_of_lightgbm, "xgboost": _find_of_xgboost}


def _normalize(name: str) -> str:
    return name.replace(" ", "_")


def _join(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
