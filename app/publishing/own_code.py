"""Code of one's own while a model is loaded that knows it by the names that it had."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from app.artifacts.code import add_code, list_modules
from app.artifacts.errors import NotPublishable
from app.artifacts.manifest import name_module
from app.artifacts.pickled import Global
from app.publishing.dependencies import check_served

PROGRAM = "__main__"
"""What the module of a script or a notebook is called while that runs."""


@contextmanager
def own_code_of(named: Collection[Global], code: Mapping[str, bytes], what: str) -> Iterator[None]:
    """Have the modules of `code` go by their own names meanwhile, and one of them by that of the program.

    It is the one with all that `what`, the model, names of the script or notebook that made it. Raises
    `NotPublishable` where there is none, or where the model names what a server would not have.
    """
    of_program = _find_program(named, code, what) if code else {}
    check_served(named, what, list_modules(code) | of_program.keys())
    with _own_names(code, {module: module for module in _list_needed(named, code)} | of_program):
        yield


@contextmanager
def _own_names(code: Mapping[str, bytes], own: Mapping[str, str]) -> Iterator[None]:
    """Have modules of `code` go by other names meanwhile, their own ones for example.

    Raises `NotPublishable` where a module cannot be imported.
    """
    root = add_code(code)
    before = {name: sys.modules.get(name) for name in own}
    try:
        for name, module in own.items():
            sys.modules[name] = _import_code(root, module)
        yield
    finally:
        for name, module_before in before.items():
            sys.modules.pop(name, None)
            if module_before is not None:
                sys.modules[name] = module_before


def _list_needed(named: Collection[Global], code: Mapping[str, bytes]) -> set[str]:
    """Return the modules of `code` that are named, with the packages that they are in; no other need be sound."""
    modules = list_modules(code)
    if any(each.module.partition(".")[0] == "cloudpickle" for each in named):  # which names modules in texts as well
        return modules
    needed = {each.module for each in named}
    return {module for module in modules if any(name == module or name.startswith(f"{module}.") for name in needed)}


def _find_program(named: Collection[Global], code: Mapping[str, bytes], what: str) -> dict[str, str]:
    """Return the module that stands for the program, where anything is named of that."""
    wanted = sorted({each.name.partition(".")[0] for each in named if each.module == PROGRAM})
    if not wanted:
        return {}
    root = add_code(code)
    # Of the others nothing is known, and they are not run: what a script defines has its name there.
    speaking = [file for file, content in code.items() if all(name.encode() in content for name in wanted)]
    for module in sorted(map(name_module, speaking)):
        if all(hasattr(_import_code(root, module), name) for name in wanted):
            return {PROGRAM: module}
    raise NotPublishable(
        f"{what} needs {', '.join(wanted)} of the script or notebook that made it, and no module of "
        "--code defines that: name the file that does."
    )


def _import_code(root: str, module: str) -> ModuleType:
    """Return a module of what `add_code` has made known. Raises `NotPublishable` where its own code fails."""
    try:
        return import_module(f"{root}.{module}")
    except (Exception, SystemExit) as error:  # whatever its own code raises, or is ended by
        raise NotPublishable(
            f"The module {module} of --code cannot be imported: {type(error).__name__}: {error}."
        ) from error
