"""Code files: the modules of one's own that a version brings along, read from a file or a folder."""

from __future__ import annotations

import ast
from pathlib import Path

from app.artifacts.code import list_modules
from app.artifacts.errors import NotPublishable
from app.artifacts.libraries import LIBRARIES, is_standard
from app.artifacts.manifest import CODE_PREFIX, MAX_CODE_BYTES, is_code_file
from app.artifacts.pickled import Global
from app.publishing.dependencies import find_fault


def read_code(path: Path) -> dict[str, bytes]:
    """Return the Python files at `path`, by their names in a version: `code/package.module.py`.

    A file is a module, a folder with an `__init__.py` is a package, and of any other folder it is what lies in it.
    Raises `NotPublishable`.
    """
    if not path.exists():
        raise NotPublishable(f"There is no file or folder {path}: --code names where the model's own code is.")
    path = path.resolve()
    base = path if path.is_dir() and not (path / "__init__.py").exists() else path.parent
    found = [path] if path.is_file() else sorted(path.rglob("*.py"))
    files = {_name_file(file.relative_to(base)): file for file in found if not _is_hidden(file.relative_to(base))}
    if not files:
        raise NotPublishable(f"There is no Python file in {path}: --code names where the model's own code is.")
    code = {name: _read(file) for name, file in files.items()}
    _check_size(code, path)
    _check_names(code)
    modules = list_modules(code)
    for name, file in files.items():
        _check_imports(ast.parse(code[name]), file, modules)
    return code


def _name_file(relative: Path) -> str:
    return f"{CODE_PREFIX}{'.'.join(relative.parts)}"


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def _read(file: Path) -> bytes:
    try:
        content = file.read_bytes()
        tree = ast.parse(content)
        content.decode()
    except OSError as error:
        raise NotPublishable(f"{file} cannot be read: {error.strerror}.") from error
    except (SyntaxError, ValueError) as error:
        raise NotPublishable(f"{file} is not code that this Python understands, in UTF-8: {error}.") from error
    _check_definitions(tree, file)
    return content


def _check_definitions(tree: ast.Module, file: Path) -> None:
    """Raise `NotPublishable` for code that does something when it is imported: every server would do it."""
    for statement in tree.body:
        is_call = isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant)
        if is_call or isinstance(statement, (ast.For, ast.While, ast.With)):
            raise NotPublishable(
                f"{file} does something at line {statement.lineno} whenever it is imported, as by each server that "
                "starts: put that under 'if __name__ == \"__main__\":', or name just the file with "
                "the classes."
            )


def _check_imports(tree: ast.Module, file: Path, modules: set[str]) -> None:
    """Raise `NotPublishable` for code that imports, whenever it is imported itself, what a server does not have."""
    for statement in tree.body:
        named = statement.names if isinstance(statement, ast.Import) else []
        found = [each.name for each in named]
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            found = [statement.module]
        for module in found:
            fault = find_fault(Global(module, ""), {*modules, "app"})
            if fault:
                raise NotPublishable(
                    f"{file} imports {module} at line {statement.lineno}, {fault} What the script alone needs is "
                    "imported where it is used, or under 'if __name__ == \"__main__\":'."
                )


def _check_size(code: dict[str, bytes], path: Path) -> None:
    n_bytes = sum(map(len, code.values()))
    if n_bytes > MAX_CODE_BYTES:
        raise NotPublishable(
            f"The code in {path} has {n_bytes} bytes, and a version brings {MAX_CODE_BYTES} at most: name just the "
            "files that the model needs."
        )


def _check_names(code: dict[str, bytes]) -> None:
    """Raise `NotPublishable` for a module that nobody could import, or that would stand in the place of another."""
    for name in code:
        if not is_code_file(name):
            raise NotPublishable(f"{name.removeprefix(CODE_PREFIX)} cannot be imported by that name: rename the file.")
    for module in sorted(list_modules(code)):
        if module in LIBRARIES or "." not in module and is_standard(module):
            raise NotPublishable(f"The module {module} would stand in the place of the library {module}: rename it.")
