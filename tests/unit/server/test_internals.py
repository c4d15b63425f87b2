"""Every name of gunicorn's that the server uses stands in `app/server/internals.py`, and gunicorn has it."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import KNOWN_SETTINGS, Config

import app.server
from app.server import internals
from app.server.internals import OVERRIDDEN, USED, Overridden, Used
from app.server.master import ServiceMaster
from app.server.worker import ServiceWorker
from tests.support.running_server import ROOT

INTERNALS = ROOT / "app" / "server" / "internals.py"
MODULES = [f"app.server.{module.name}" for module in pkgutil.iter_modules(app.server.__path__)]
FILES = [*sorted((ROOT / "app").rglob("*.py")), *sorted((ROOT / "training").rglob("*.py"))]
FILES += [ROOT / "wsgi.py", ROOT / "gunicorn.conf.py"]
# What the variables and attributes of the server's code hold of gunicorn's.
CLASSES = {
    "server": ServiceMaster,
    "worker": ServiceWorker,
    "cfg": Config,
}
# Of every class, or of Python's.
NOT_OF_GUNICORN = {"__module__", "__doc__", "__annotations__"}


def find_names(owner: type[Any]) -> set[str]:
    """Return what a class and its bases define: methods, attributes, and what their methods set on `self`."""
    if owner is Config:
        return {setting.name for setting in KNOWN_SETTINGS} | set(vars(Config))
    names: set[str] = set()
    for base in owner.__mro__[:-1]:
        tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        targets = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        names |= {
            node.attr
            for node in targets
            if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self"
        }
        names |= set(vars(base))
    return names - NOT_OF_GUNICORN


def list_bases(owner: type[Any]) -> list[type[Any]]:
    """Return the classes of gunicorn's from which one of ours is made."""
    return [base for base in owner.__mro__ if base.__module__.startswith("gunicorn.")]


def list_own_classes() -> list[type[Any]]:
    """Return our classes that are made from gunicorn's."""
    members = [member for name in MODULES for _, member in inspect.getmembers(importlib.import_module(name))]
    classes = {member for member in members if inspect.isclass(member) and member.__module__.startswith("app.server.")}
    return sorted((each for each in classes if list_bases(each)), key=lambda each: each.__qualname__)


def is_listed(name: str, owner: type[Any]) -> bool:
    """Return whether a name that `owner` has from gunicorn stands in the lists."""
    return any(entry.name == name and issubclass(owner, entry.owner) for entry in (*OVERRIDDEN, *USED))


def find_uses(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of what has an attribute that a file reads, sets or calls, and of the attribute."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            yield node.value.id if isinstance(node.value, ast.Name) else node.value.attr, node.attr


def find_uses_of_self(owner: type[Any]) -> Iterator[str]:
    """Yield each name that a class of ours uses of itself, or of what it is made from by `super()`."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(owner)))):
        if isinstance(node, ast.Attribute):
            value = node.value.func if isinstance(node.value, ast.Call) else node.value
            if isinstance(value, ast.Name) and value.id in ("self", "super"):
                yield node.attr


def find_own_names(base: type[Any]) -> set[str]:
    """Return what one of our classes defines itself."""
    return set(vars(base)) | set(inspect.get_annotations(base))


def describe(entry: Overridden | Used) -> str:
    return f"{entry.owner.__name__}.{entry.name}"


@pytest.mark.parametrize("entry", [*OVERRIDDEN, *USED], ids=describe)
def test_gunicorn_has_it(entry: Overridden | Used) -> None:
    assert entry.name in find_names(entry.owner)
    assert entry.why


@pytest.mark.parametrize("entry", [entry for entry in (*OVERRIDDEN, *USED) if entry.parameters], ids=describe)
def test_gunicorn_calls_its_parameters_so(entry: Overridden | Used) -> None:
    assert str(inspect.signature(getattr(entry.owner, entry.name))) == entry.parameters


def test_every_function_that_is_used_has_its_parameters_in_the_list() -> None:
    functions = [entry for entry in USED if inspect.isfunction(getattr(entry.owner, entry.name, None))]
    assert [describe(entry) for entry in functions if entry.parameters is None] == []


@pytest.mark.parametrize("path", [path for path in FILES if path != INTERNALS], ids=lambda path: path.name)
def test_no_other_file_imports_gunicorn(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    assert [name for name in names if name.split(".")[0] == "gunicorn"] == []


def test_our_classes_are_found() -> None:
    assert {ServiceMaster, ServiceWorker} <= set(list_own_classes())


@pytest.mark.parametrize("own", list_own_classes(), ids=lambda own: own.__name__)
def test_every_name_that_a_class_overrides_is_in_the_list(own: type[Any]) -> None:
    of_gunicorn = set().union(*(find_names(base) for base in list_bases(own)))
    overridden = {entry.name for entry in OVERRIDDEN if issubclass(own, entry.owner)}
    assert (set(vars(own)) - NOT_OF_GUNICORN) & of_gunicorn <= overridden


@pytest.mark.parametrize("entry", OVERRIDDEN, ids=describe)
def test_what_is_listed_as_overridden_is(entry: Overridden) -> None:
    assert any(entry.name in vars(own) for own in list_own_classes() if issubclass(own, entry.owner))


@pytest.mark.parametrize("own", list_own_classes(), ids=lambda own: own.__name__)
def test_every_name_that_a_class_uses_of_itself_is_in_the_list(own: type[Any]) -> None:
    of_gunicorn = set().union(*(find_names(base) for base in list_bases(own)))
    ours = {name for base in own.__mro__ if base.__module__.startswith("app.") for name in find_own_names(base)}
    used = {name for name in find_uses_of_self(own) if name in of_gunicorn - ours}
    assert [name for name in sorted(used) if not is_listed(name, own)] == []


@pytest.mark.parametrize("module", MODULES)
def test_every_name_that_is_used_of_something_of_gunicorns_is_in_the_list(module: str) -> None:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    missing = [
        f"{holder}.{name}"
        for holder, name in find_uses(path)
        if holder in CLASSES
        and any(name in find_names(base) for base in list_bases(CLASSES[holder]))
        and not is_listed(name, CLASSES[holder])
    ]
    assert missing == []


def test_everything_that_is_imported_or_listed_as_used_is_used() -> None:
    texts = {module: ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text() for module in MODULES}
    nodes = [node for name, text in texts.items() if name != internals.__name__ for node in ast.walk(ast.parse(text))]
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    assert set(internals.__all__) - names == set()
    assert {entry.name for entry in USED} - attributes - {"__init__"} == set()
