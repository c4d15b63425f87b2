"""Models in XGBoost's own files, .json or .ubj, given the face of its scikit-learn classes."""

from __future__ import annotations

import json
from pathlib import Path

from app.artifacts.errors import NotPublishable
from app.importing.sources.libraries import import_booster
from app.importing.sources.source import LoadedModel, SourceOptions

_OF_CLASSES = ("binary:", "multi:")


def load_xgboost(path: Path, options: SourceOptions) -> LoadedModel:
    """Return the model in a file by XGBoost: a classifier for an objective of classes. Raises `NotPublishable`."""
    xgboost = import_booster("xgboost", path)
    booster = xgboost.Booster()
    try:
        booster.load_model(path)
        objective = str(json.loads(booster.save_config())["learner"]["objective"]["name"])
    except xgboost.core.XGBoostError as error:
        raise NotPublishable(f"{path} is no model by XGBoost: {str(error).strip().splitlines()[-1]}.") from error
    kind = xgboost.XGBClassifier if objective.startswith(_OF_CLASSES) else xgboost.XGBRegressor
    model = kind(enable_categorical=True)
    model.load_model(path)
    if objective == "multi:softmax":  # which keeps the probabilities to itself
        model.get_booster().set_param({"objective": "multi:softprob"})
    return LoadedModel(model)
