from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.support.running_server import DEADLINE_SECONDS, ROOT

TEXT = (ROOT / "Makefile").read_text()
CONTRACT_TARGETS = ["help", "install", "train", "run", "test", "lint", "openapi", "bench"]
PHONY_TARGETS = " ".join(re.findall(r"^\.PHONY:(.*)$", TEXT, flags=re.MULTILINE)).split()
COMMENTS = dict(re.findall(r"^([\w.-]+):[^=\n]*## (.+)$", TEXT, flags=re.MULTILINE))
TARGETS = re.findall(r"^([\w-]+):(?!=)", TEXT, flags=re.MULTILINE)


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person would, also where the tests themselves are run by make."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS
    )


@pytest.fixture(scope="module")
def helped() -> dict[str, str]:
    """Return the targets that `make help` lists, with what it says of them."""
    return {line.split()[1]: line.split(maxsplit=2)[2] for line in make("help").stdout.splitlines()}


@pytest.mark.parametrize("target", CONTRACT_TARGETS)
def test_has_the_targets_of_the_contract(target: str) -> None:
    known = make("--dry-run", target)
    assert (known.returncode, known.stderr) == (0, "")


def test_refuses_a_target_that_it_does_not_have() -> None:
    assert make("--dry-run", "no-such-target").returncode == 2


def test_explains_every_target() -> None:
    assert [target for target in PHONY_TARGETS if target not in COMMENTS] == []


def test_declares_every_target_that_is_no_file() -> None:
    assert sorted(TARGETS) == sorted(PHONY_TARGETS)


def test_helps_with_every_target_that_has_a_comment(helped: dict[str, str]) -> None:
    assert helped == COMMENTS


def test_helps_when_nothing_is_asked_for(helped: dict[str, str]) -> None:
    assert make().stdout == make("help").stdout
    assert "help" in helped
