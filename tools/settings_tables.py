"""The README's table of settings and the variables of `.env.example`, written from `app/settings.py`."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import Field, fields
from itertools import groupby
from pathlib import Path
from typing import Any

from app.environment import get_variable
from app.settings import Settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
EXAMPLE = ROOT / ".env.example"
NAMES = [setting.name.upper() for setting in fields(Settings)]
WIDTH = 120


def build_rows() -> str:
    """Return the rows of the README's table, one for all the settings beside each other that mean the same."""
    rows = []
    for meaning, group in groupby(fields(Settings), lambda setting: get_variable(setting).meaning):
        settings = list(group)
        names = ", ".join(f"`{setting.name.upper()}`" for setting in settings)
        defaults = ", ".join(describe_default(setting) for setting in settings)
        rows.append(f"| {names} | {defaults} | {meaning} |\n")
    return "".join(rows)


def build_lines() -> str:
    """Return what `.env.example` holds of the settings: their variables, in blocks with a comment each."""
    return "".join(line for setting in fields(Settings) for line in _describe_variable(setting)).lstrip("\n")


def describe_default(setting: Field[Any]) -> str:
    """Return a setting's default as the README shows it."""
    in_words = get_variable(setting).default_in_words
    return in_words or ("none" if setting.default is None else f"`{_write_default(setting)}`")


def replace_rows(readme: str) -> str:
    """Return the README with the table's rows of the settings, from the first to the last of them, renewed."""
    return _replace(readme, rf"^\| `{NAMES[0]}`.*^\| `{NAMES[-1]}`[^\n]*\n", build_rows())


def replace_lines(example: str) -> str:
    """Return `.env.example` with the settings' variables, from the first one's comment to the last one, renewed."""
    return _replace(example, rf"(?:^#[^\n]*\n)*^{NAMES[0]}=.*^{NAMES[-1]}=[^\n]*\n", build_lines())


def main() -> None:
    """Renew both files."""
    for file, replace in ((README, replace_rows), (EXAMPLE, replace_lines)):
        file.write_text(replace(file.read_text()))


def _describe_variable(setting: Field[Any]) -> Iterator[str]:
    comment = get_variable(setting).comment
    if comment:
        yield "\n"
        yield from (f"# {line}\n" for line in textwrap.wrap(comment, WIDTH - len("# "), break_on_hyphens=False))
    yield f"{setting.name.upper()}={_write_default(setting)}\n"


def _write_default(setting: Field[Any]) -> str:
    """Return the default as it stands in an environment; nothing where there is none, or the machine decides."""
    if setting.default is None or get_variable(setting).default_in_words:
        return ""
    return str(int(setting.default) if isinstance(setting.default, bool) else setting.default)


def _replace(text: str, pattern: str, replacement: str) -> str:
    renewed, count = re.subn(pattern, lambda _: replacement, text, flags=re.MULTILINE | re.DOTALL)
    if count != 1:
        sys.exit(f"The settings from {NAMES[0]} to {NAMES[-1]} were not found.")
    return renewed


if __name__ == "__main__":
    main()
