"""Libraries that a source needs to read its files, imported only then."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from app.artifacts.errors import NotPublishable


def import_library(module: str, path: Path, remedy: str) -> Any:
    """Return a module that reading `path` takes. Raises `NotPublishable` with what to do where it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        name = module.partition(".")[0]
        raise NotPublishable(f"Reading {path} takes {name}, which is not installed: {remedy}.") from error


def import_booster(module: str, path: Path) -> Any:
    """Return XGBoost, LightGBM or CatBoost. Raises `NotPublishable` where it is not installed."""
    return import_library(module, path, "'make install-boosting' installs requirements/boosting.txt")
