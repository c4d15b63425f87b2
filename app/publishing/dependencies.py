"""Dependencies of pickled models: whether a server has what their classes and functions come from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import app
from app.artifacts.code import is_code
from app.artifacts.errors import NotPublishable
from app.artifacts.libraries import LIBRARIES, explain_installing, is_installed, is_standard, name_library
from app.artifacts.pickled import Global

MODEL_REQUIREMENTS = Path(app.__file__).parent.parent / "requirements" / "model.txt"
"""Where one names the libraries of a model of one's own, if there is any beyond those that every service may have."""

_PROGRAM = "__main__"


def check_served(found: Iterable[Global], what: str, code_modules: Collection[str] = ()) -> None:
    """Raise `NotPublishable` where `what` names a class or a function that a server would not find.

    `code_modules` are modules that are published with the version.
    """
    for each in found:
        if fault := find_fault(each, code_modules):
            raise NotPublishable(f"{what} needs {each.module}.{each.name}, {fault}")


def find_fault(found: Global, code_modules: Collection[str] = ()) -> str | None:
    """Return why a server would not have a class or a function, with what to do, to end a sentence; else `None`."""
    top = found.module.partition(".")[0]
    if {top, found.module} & set(code_modules) or is_standard(top) and top != _PROGRAM or is_code(found.module):
        return None
    if top == _PROGRAM:
        return (
            "which was defined in the script or notebook itself, where a server has none. Put it into a file of its "
            "own and name that with --code (in Python, code=); or name the script, if importing it trains nothing."
        )
    if top in LIBRARIES or top in list_model_libraries():
        name = name_library(top)
        return None if is_installed(name) else f"and {name} is not installed: {explain_installing(name)}."
    if _is_of_package(top):
        return (
            "which is of a library that a server does not have: name it in requirements/model.txt, with its hashes, "
            "and 'make install' and the image will have it too."
        )
    if found.module.rpartition(".")[2] in code_modules:
        return (
            f"which the files of --code have as {found.module.rpartition('.')[2]}: name the folder {top}, with an "
            "__init__.py in it, and what is in it keeps its name."
        )
    return (
        f"which a server does not have. Name the file or the folder of {top} with --code (in Python, code=), and the "
        "version brings it along."
    )


@cache
def list_model_libraries() -> frozenset[str]:
    """Return the modules of the libraries that requirements/model.txt names, where there is such a file."""
    if not MODEL_REQUIREMENTS.is_file():
        return frozenset()
    named = {_normalize(name) for name in re.findall(r"^([\w.-]+)==", MODEL_REQUIREMENTS.read_text(), re.MULTILINE)}
    return frozenset(
        module
        for module, packages in packages_distributions().items()
        if named & {_normalize(package) for package in packages}
    )


def _is_of_package(module: str) -> bool:
    return module in packages_distributions()


def _normalize(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
