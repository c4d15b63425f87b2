"""What yamllint says of the files, and that it would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.manifests import BASE, DEPLOY
from tests.platforms.mutants import Mutant, name_mutant, write_mutant
from tests.platforms.programs import YAMLLINT, run_validator

# Azure's names are whole paths, which cannot be broken into lines.
LINE_LENGTH = "{max: 120, allow-non-breakable-inline-mappings: true}"
RULES = f"{{extends: default, rules: {{line-length: {LINE_LENGTH}, document-start: disable}}}}"
MUTANTS = [
    Mutant("key that stands twice", "  minReplicas: 2\n", "  minReplicas: 2\n  minReplicas: 3\n"),
    Mutant("space at the end of a line", "minReplicas: 2\n", "minReplicas: 2 \n"),
]


def lint(path: Path) -> tuple[int, str]:
    return run_validator(YAMLLINT, "--strict", "--config-data", RULES, path)


def test_every_file_is_clean() -> None:
    assert lint(DEPLOY) == (0, "")


@pytest.mark.parametrize("mutant", MUTANTS, ids=name_mutant)
def test_carelessness_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    status, printed = lint(write_mutant(BASE / "autoscaler.yml", tmp_path, mutant))
    assert status == 1, printed
