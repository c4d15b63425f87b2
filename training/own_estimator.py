"""An estimator of one's own, named by the module and the function that builds it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sklearn.base import clone

from training.errors import EstimatorUnusable
from training.evaluation import BuildPipeline


def load_estimator(name: str) -> Any:
    """Return the unfitted estimator that `package.module:function` names. Raises `EstimatorUnusable`."""
    module_name, separator, function_name = name.partition(":")
    if not (module_name and separator and function_name):
        raise EstimatorUnusable(f"An estimator is named as module:function, as in mine.models:build, not {name!r}.")
    try:
        built = getattr(import_module(module_name), function_name)()
    except ModuleNotFoundError as error:
        raise EstimatorUnusable(
            f"There is no module {error.name!r}, which {name!r} needs: name a file in this folder without .py, with "
            "dots between folders."
        ) from error
    except AttributeError as error:
        raise EstimatorUnusable(f"{name!r} builds no estimator: {error}.") from error
    except Exception as error:  # whatever the code raises
        raise EstimatorUnusable(f"{name!r} builds no estimator ({type(error).__name__}: {error}).") from error
    if isinstance(built, type):
        raise EstimatorUnusable(f"{name!r} returns the class {built.__name__}, and no estimator: have it return one.")
    if built is None:
        raise EstimatorUnusable(f"{name!r} returns nothing: have it return the estimator.")
    return built


def repeat_estimator(estimator: Any) -> BuildPipeline:
    """Return what builds the same estimator, unfitted, as often as it is called."""

    def build() -> Any:
        return clone(estimator)

    return build
