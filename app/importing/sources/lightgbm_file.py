"""Models in LightGBM's own files, .txt, given the face of its scikit-learn classes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.preprocessing import LabelEncoder

from app.artifacts.errors import NotPublishable
from app.importing.sources.libraries import import_booster
from app.importing.sources.source import LoadedModel, SourceOptions

_OF_CLASSES = frozenset({"binary", "multiclass", "multiclassova"})
_MADE_UP = re.compile(r"Column_\d+")


def load_lightgbm(path: Path, options: SourceOptions) -> LoadedModel:
    """Return the model in a file by LightGBM: a classifier for an objective of classes. Raises `NotPublishable`."""
    lightgbm = import_booster("lightgbm", path)
    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.startswith("tree\n"):
        raise NotPublishable(f"{path} is no model by LightGBM: such a file begins with a line 'tree'.")
    try:
        booster = lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise NotPublishable(f"{path} is no model by LightGBM: {error}.") from error
    found = re.search(r"^objective=(\S+)", text, re.MULTILINE)
    is_of_classes = found is not None and found[1] in _OF_CLASSES
    return LoadedModel(_give_face(lightgbm.LGBMClassifier() if is_of_classes else lightgbm.LGBMRegressor(), booster))


def _give_face(model: Any, booster: Any) -> Any:
    """Return `model` as it is once it has been fitted to what `booster` was."""
    model._Booster = booster
    model._n_features = model._n_features_in = booster.num_feature()
    model._objective = booster.params.get("objective")
    model._best_iteration = booster.best_iteration
    model._fitted_with_feature_names = not all(map(_MADE_UP.fullmatch, booster.feature_name()))
    model.fitted_ = True
    if hasattr(model, "predict_proba"):
        model._n_classes = max(booster.num_model_per_iteration(), 2)
        model._le = LabelEncoder().fit(np.arange(model._n_classes))
        model._classes = model._le.classes_
    return model
