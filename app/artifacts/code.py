"""Code of one's own that a version brings along: modules that are imported from the version alone, from memory.

Their names begin with what their content is called, so that two versions whose code differs can be loaded side by side,
and nothing on the path of this process takes their place. Among themselves they go by the names that they had.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import sys
from collections.abc import Mapping
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from app.artifacts.manifest import CODE_PREFIX, PACKAGE_SUFFIX, name_module

_ROOT_PREFIX = "version_code_"
_DIGITS = 16

# By the name of the package that stands for all code of a version; what is known stays known.
_known: dict[str, Mapping[str, bytes]] = {}


def add_code(files: Mapping[str, bytes]) -> str:
    """Make the modules in `files`, by their names in a version, known to Python, and return what they stand below."""
    content = {name: files[name] for name in sorted(files) if name.startswith(CODE_PREFIX)}
    digest = hashlib.sha256(repr(content).encode()).hexdigest()
    root = f"{_ROOT_PREFIX}{digest[:_DIGITS]}"
    _known.setdefault(root, content)
    if _finder not in sys.meta_path:
        sys.meta_path.append(_finder)
    return root


def list_modules(files: Mapping[str, bytes]) -> set[str]:
    """Return the names that the modules of a version had, the packages that they stand in included."""
    modules = set()
    for name in files:
        module = name_module(name)
        while module:
            modules.add(module)
            module = module.rpartition(".")[0]
    return modules


def is_code(module: str) -> bool:
    """Return whether a pickle means code of a version by this name of a module."""
    return module.startswith(_ROOT_PREFIX)


def strip_root(name: str) -> str:
    """Return the name that a class or a module had before it was put into a version."""
    return name.partition(".")[2] if is_code(name) else name


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        root, _, own_name = name.partition(".")
        files = _known.get(root)
        if files is None or (own_name and own_name not in list_modules(files)):
            return None
        return ModuleSpec(name, _Loader(root, files), is_package=f"{CODE_PREFIX}{own_name}.py" not in files)


class _Loader(InspectLoader):
    """Runs the modules of one version; a package without a file of its own is empty."""

    def __init__(self, root: str, files: Mapping[str, bytes]) -> None:
        self._root = root
        self._files = files

    def get_source(self, fullname: str) -> str:
        own_name = fullname.partition(".")[2]
        names = (f"{CODE_PREFIX}{own_name}.py", f"{CODE_PREFIX}{own_name}{PACKAGE_SUFFIX}")
        return next((self._files[name].decode() for name in names if name in self._files), "")

    def exec_module(self, module: ModuleType) -> None:
        # Here Python looks for what an import statement does, in whatever function it stands.
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
        name = module.__name__
        # A name without brackets: those that have them are taken for code without lines to show.
        code = compile(self.get_source(name), f"{name}.py", "exec", dont_inherit=True)
        exec(code, module.__dict__)

    def _import(self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if level or name not in list_modules(self._files):
            return builtins.__import__(name, globals, locals, fromlist, level)
        module = importlib.import_module(f"{self._root}.{name}")
        if not fromlist:
            return sys.modules[f"{self._root}.{name.partition('.')[0]}"]
        return builtins.__import__(module.__name__, globals, locals, fromlist)


_finder = _Finder()
