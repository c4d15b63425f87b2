"""Libraries that the pickles of an artifact may need: what each is installed as, and which of them are there."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterable
from importlib.util import find_spec

# The name by which metadata know each library, by the module that one imports.
_NAMES = {
    "numpy": "numpy",
    "sklearn": "scikit-learn",
    "joblib": "joblib",
    "scipy": "scipy",
    "pandas": "pandas",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "imblearn": "imbalanced-learn",
    "cloudpickle": "cloudpickle",
    "threadpoolctl": "threadpoolctl",
}
LIBRARIES = frozenset(_NAMES)
"""The modules that any service may have."""

# Where a release is not of the package that has the library's own name.
_OTHER_PACKAGES = {"xgboost": ("xgboost-cpu",)}
_OF_SERVING = frozenset({"numpy", "sklearn", "joblib", "scipy", "pandas", "cloudpickle", "threadpoolctl"})
_BOOSTING = frozenset({"xgboost", "lightgbm", "catboost"})


def name_library(module: str) -> str:
    """Return the name by which metadata know the library that `module` belongs to."""
    top = module.partition(".")[0]
    return _NAMES.get(top, top)


def is_standard(module: str) -> bool:
    """Return whether a module comes with Python itself; of a program, `__main__` does not."""
    return module.partition(".")[0] in sys.stdlib_module_names


def is_installed(name: str) -> bool:
    """Return whether there is the library that metadata know by `name`; nothing is imported for it."""
    if find_release(name) is not None:
        return True
    module = find_module(name)
    return module.isidentifier() and find_spec(module) is not None


def find_module(name: str) -> str:
    """Return the module of the library that metadata know by `name`."""
    return next((module for module, known in _NAMES.items() if known == name), name.replace("-", "_"))


def find_release(name: str) -> str | None:
    """Return the release of a library that is installed, `None` where none is."""
    for package in (name, *_OTHER_PACKAGES.get(name, ())):
        try:
            return importlib.metadata.version(package)
        except (importlib.metadata.PackageNotFoundError, ValueError):
            continue
    return None


def list_releases(modules: Iterable[str]) -> dict[str, str]:
    """Return the releases of the installed libraries that `modules` belong to, by name."""
    names = {name_library(module) for module in modules if not is_standard(module)}
    releases = {name: find_release(name) for name in sorted(names)}
    return {name: release for name, release in releases.items() if release is not None}


def explain_installing(name: str) -> str:
    """Return what to do where the library `name` is missing, to end a sentence."""
    module = find_module(name)
    if module in _BOOSTING:
        return "install requirements/boosting.txt"
    if module in _OF_SERVING:
        return "install requirements/serving.txt"
    return "name it in requirements/model.txt, with its hashes, and install that"
