"""Pickles of pipelines: whether what is about to be trained can be served where the code of training is not."""

from __future__ import annotations

import pickle
import pickletools
import sys
from collections.abc import Collection, Iterator
from typing import Any

from sklearn.base import clone

from app.artifacts.libraries import LIBRARIES
from app.publishing.dependencies import list_model_libraries
from training.errors import EstimatorUnusable

# Of the oldest protocol that names modules as they are: later ones spread a name over several opcodes.
_PROTOCOL = 3
# Training brings no code into a version; an import does.
_REMEDY = "publish the fitted pipeline with that code: 'make import-model' with IMPORT_OPTIONS='--code FILE'"


def check_picklable(pipeline: Any, code_modules: Collection[str] = ()) -> None:
    """Raise `EstimatorUnusable` where an unfitted pipeline cannot be pickled, or not be unpickled in serving.

    `code_modules` are modules of one's own, or packages, that are published with the version.
    """
    try:
        unfitted = clone(pipeline)
    except (TypeError, RuntimeError) as error:
        raise EstimatorUnusable(
            f"The pipeline cannot be copied unfitted, as each fold needs it: {_get_first_line(error)}"
        ) from error
    try:
        content = pickle.dumps(unfitted, protocol=_PROTOCOL)
    except Exception as error:  # whatever an object's own way to be pickled raises
        raise EstimatorUnusable(_explain_unpicklable(unfitted, error)) from error
    for module, name in _list_globals(content):
        _check_module(module, name, code_modules)


def _list_globals(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of each class and function that a pickle needs."""
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name == "GLOBAL":
            module, _, name = str(argument).partition(" ")
            yield module, name


def _check_module(module: str, name: str, code_modules: Collection[str]) -> None:
    package = module.partition(".")[0]
    if (
        package in LIBRARIES | list_model_libraries()
        or package in sys.stdlib_module_names
        or {package, module} & set(code_modules)
    ):
        return
    if package == "__main__":
        raise EstimatorUnusable(
            f"{name} is defined in the script that trains, which the service does not have: move it into a module of "
            f"its own, and {_REMEDY}."
        )
    raise EstimatorUnusable(
        f"{name} comes from the module {module}, which the service does not have: build the pipeline of scikit-learn's "
        f"classes, or {_REMEDY}."
    )


def _explain_unpicklable(pipeline: Any, error: Exception) -> str:
    """Return which parameter of a pipeline cannot be pickled, the innermost one."""
    parameters = pipeline.get_params(deep=True)
    for name in sorted(parameters, key=lambda name: -name.count("__")):
        if not _is_picklable(parameters[name]):
            return (
                f"The parameter {name} cannot be pickled, as a lambda, a function inside another one or an open file "
                f"cannot: define it at the top of a module of its own, and {_REMEDY}."
            )
    return f"The pipeline cannot be pickled: {_get_first_line(error)}"


def _is_picklable(value: Any) -> bool:
    try:
        pickle.dumps(value, protocol=_PROTOCOL)
    except Exception:  # whatever an object's own way to be pickled raises
        return False
    return True


def _get_first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
