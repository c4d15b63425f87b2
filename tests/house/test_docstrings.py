from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.running_server import ROOT

# marshmallow reads it by this name; it holds options and nobody calls it.
EXEMPT = {"Meta"}
FILES = sorted(path for package in ("app", "release", "training") for path in (ROOT / package).rglob("*.py"))


def find_undocumented(tree: ast.Module | ast.ClassDef, place: str) -> Iterator[str]:
    """Yield what is public in a module or a class and has no docstring, itself included."""
    if not ast.get_docstring(tree):
        yield place
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_") or node.name in EXEMPT:
            continue
        if isinstance(node, ast.ClassDef):
            yield from find_undocumented(node, f"{place}.{node.name}")
        elif not ast.get_docstring(node):
            yield f"{place}.{node.name}, line {node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_public_has_a_docstring(path: Path) -> None:
    assert list(find_undocumented(ast.parse(path.read_text()), path.stem)) == []


def test_finds_what_has_none() -> None:
    code = "class Public:\n    def method(self): ...\n    def _own(self): ...\ndef function(): ...\nclass _Own: ..."
    assert list(find_undocumented(ast.parse(code), "module")) == [
        "module",
        "module.Public",
        "module.Public.method, line 2",
        "module.function, line 4",
    ]
