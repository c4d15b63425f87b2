"""Reads the pages of commands, one for each platform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.platforms.manifests import DEPLOY

PAGES = sorted(DEPLOY.glob("*/README.md"))


def list_sections(page: Path) -> list[str]:
    """Return the headings of a page, without its title."""
    return re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)


def list_scripts(page: Path) -> list[str]:
    """Return the commands of each example of a page, as a shell takes them."""
    return [block.replace("$ ", "", 1).replace("\n$ ", "\n") for block in _list_blocks(page, "console")]


def list_snippets(page: Path) -> list[Any]:
    """Return what the YAML on a page says."""
    return [yaml.safe_load(block) for block in _list_blocks(page, "yaml")]


def _list_blocks(page: Path, language: str) -> list[str]:
    blocks: list[str] = re.findall(rf"^```{language}\n(.+?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return blocks
