"""Models in CatBoost's own files, .cbm."""

from __future__ import annotations

from pathlib import Path

from app.artifacts.errors import NotPublishable
from app.importing.sources.libraries import import_booster
from app.importing.sources.source import LoadedModel, SourceOptions

_OF_CLASSES = frozenset({
    "Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll", "MultiLogloss", "MultiCrossEntropy",
})  # fmt: skip


def load_catboost(path: Path, options: SourceOptions) -> LoadedModel:
    """Return the model in a file by CatBoost: a classifier for a loss of classes. Raises `NotPublishable`."""
    catboost = import_booster("catboost", path)
    try:
        loss = str(catboost.CatBoost().load_model(path).get_all_params().get("loss_function"))
    except catboost.CatBoostError as error:
        raise NotPublishable(f"{path} is no model by CatBoost: {error}.") from error
    is_of_classes = loss.partition(":")[0] in _OF_CLASSES
    model = catboost.CatBoostClassifier() if is_of_classes else catboost.CatBoostRegressor()
    return LoadedModel(model.load_model(path))
