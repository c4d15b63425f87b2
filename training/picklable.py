"""Pickles of pipelines: whether what is about to be trained can be served where the code of training is not."""

from __future__ import annotations

import pickle
import pickletools
from collections.abc import Collection, Iterator
from typing import Any

from sklearn.base import clone

from app.artifacts.pickled import Global
from app.publishing.dependencies import find_fault
from training.errors import EstimatorUnusable

# Of the oldest protocol that names modules as they are: later ones spread a name over several opcodes.
_PROTOCOL = 3


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
        if fault := find_fault(Global(module, name), code_modules):
            raise EstimatorUnusable(f"The pipeline needs {module}.{name}, {fault}")


def _list_globals(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of each class and function that a pickle needs."""
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name == "GLOBAL":
            module, _, name = str(argument).partition(" ")
            yield module, name


def _explain_unpicklable(pipeline: Any, error: Exception) -> str:
    """Return which parameter of a pipeline cannot be pickled, the innermost one."""
    parameters = pipeline.get_params(deep=True)
    for name in sorted(parameters, key=lambda name: -name.count("__")):
        if not _is_picklable(parameters[name]):
            return (
                f"The parameter {name} cannot be pickled, as a lambda, a function inside another one or an open file "
                f"cannot: define it at the top of a module of its own, and name that with --code (in Python, code=)."
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
