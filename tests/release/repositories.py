"""Repositories of git with a small OpenAPI document, in which the check of the interface runs as in a pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.release.documents import build_document
from tests.support.running_server import DEADLINE_SECONDS, ROOT

BREAKS = "openapi.json breaks what v1.2.0 promised:\n  /paths/~1health was {}, and is gone".format(
    '{"get": {"responses": {"200": {"description": "It is up."}, "503": {"$ref": "...'
)
WHAT_TO_DO = (
    "Keep the old behaviour, raise the major number in app/version.py and run 'make openapi', or give a reason why "
    "nobody is broken in release/waivers.toml."
)

Outcome = tuple[int, str, str]


class Repository:
    """A real repository of git, alone with its own settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            **{
                f"GIT_{role}_{what}": "test@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
            },
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONPATH": str(ROOT),
        }

    def git(self, *arguments: str) -> None:
        """Run git, which must succeed."""
        self._run("git", *arguments).check_returncode()

    def write(self, version: str = "1.2.0", change: Callable[[Any], Any] = lambda document: None) -> None:
        """Write the small document, of a version and with a change, without committing it."""
        document = build_document(version)
        change(document)
        self.write_text(json.dumps(document))

    def write_text(self, text: str) -> None:
        """Write what stands in the place of the document."""
        (self.folder / "openapi.json").write_text(text)

    def commit(self, *tags: str) -> None:
        """Commit what is there, and tag the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change")
        for tag in tags:
            self.git("tag", tag)

    def check(self, *arguments: str) -> Outcome:
        """Run the command, and return its exit status, what it said and what it complained of."""
        ended = self._run(sys.executable, "-m", "release.interface", *arguments)
        return ended.returncode, ended.stdout, ended.stderr

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS
        )


def create_repository(folder: Path) -> Repository:
    """Return a repository with a document of version 1.2.0 and no tag."""
    folder.mkdir()
    repository = Repository(folder)
    repository.git("init", "--quiet")
    repository.write()
    repository.commit()
    return repository


def create_released(folder: Path) -> Repository:
    """Return a repository whose version 1.2.0 is released, and which has a commit since."""
    repository = create_repository(folder)
    repository.git("tag", "v1.2.0")
    repository.commit()
    return repository


def remove_health(document: Any) -> None:
    """Break what the document promised."""
    del document["paths"]["/health"]


def agree_with(tag: str) -> Outcome:
    """Return what is to be said where nothing is broken."""
    return 0, f"openapi.json breaks nothing of {tag}.\n", ""
