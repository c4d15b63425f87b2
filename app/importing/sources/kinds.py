"""Kinds of sources, by what is at a path. A new kind is a file in this package and a line here."""

from __future__ import annotations

from pathlib import Path

from app.artifacts.errors import NotPublishable
from app.importing.sources.catboost_file import load_catboost
from app.importing.sources.lightgbm_file import load_lightgbm
from app.importing.sources.mlflow_folder import load_mlflow
from app.importing.sources.pickled import load_pickled
from app.importing.sources.skops_file import load_skops
from app.importing.sources.source import LoadedModel, Source, SourceOptions
from app.importing.sources.xgboost_file import load_xgboost

# By how the file's name ends; any other file is a pickle.
_SOURCES: dict[str, Source] = {
    ".cbm": load_catboost,
    ".json": load_xgboost,
    ".skops": load_skops,
    ".txt": load_lightgbm,
    ".ubj": load_xgboost,
}


def load_model_file(path: Path, options: SourceOptions) -> LoadedModel:
    """Return the fitted model at `path`. Raises `NotPublishable`."""
    if not path.exists():
        raise NotPublishable(f"There is no file or folder {path}.")
    return _find_source(path)(path, options)


def _find_source(path: Path) -> Source:
    if path.is_dir():
        return load_mlflow
    return _SOURCES.get(path.suffix.lower(), load_pickled)
