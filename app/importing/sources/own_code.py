"""Code of one's own while a model is loaded that knows it by the names that it had."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from app.artifacts.code import add_code, list_modules
from app.artifacts.errors import NotPublishable


@contextmanager
def own_code(code: Mapping[str, bytes], others: Mapping[str, str] = {}) -> Iterator[None]:
    """Have the modules of `code` go by their own names meanwhile, and modules `others` by those of them.

    Raises `NotPublishable` where a module cannot be imported.
    """
    root = add_code(code)
    own = {module: module for module in list_modules(code)} | dict(others) if code else {}
    before = {name: sys.modules.get(name) for name in own}
    try:
        for name, module in own.items():
            sys.modules[name] = import_code(root, module)
        yield
    finally:
        for name, module_before in before.items():
            sys.modules.pop(name, None)
            if module_before is not None:
                sys.modules[name] = module_before


def import_code(root: str, module: str) -> ModuleType:
    """Return a module of what `add_code` has made known. Raises `NotPublishable` where its own code fails."""
    try:
        return import_module(f"{root}.{module}")
    except Exception as error:  # whatever its own code raises
        raise NotPublishable(
            f"The module {module} of --code cannot be imported: {type(error).__name__}: {error}."
        ) from error
