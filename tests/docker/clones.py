"""A copy of the project as a new user has it: what git tracks, and nothing that was made here."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.running_server import ROOT

MAKE_TIMEOUT_SECONDS = 900

_AUTHOR = ("-c", "user.name=Tests", "-c", "user.email=tests@example.com")
# Of the make that runs the tests.
_OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")


def clone_project(folder: Path) -> Path:
    """Return `folder`, with all files of the project that are not ignored, committed to a repository of its own."""
    listed = run_git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    run_git(folder, "init", "--quiet", "--initial-branch", "main")
    commit_all(folder, "A clean clone")
    return folder


def commit_all(folder: Path, message: str) -> None:
    """Commit all changes."""
    run_git(folder, "add", "--all")
    run_git(folder, *_AUTHOR, "commit", "--quiet", "--message", message)


def run_git(folder: Path, *arguments: str) -> str:
    """Return what a command of git prints."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def run_make(
    folder: Path, *arguments: str, environment: Mapping[str, str], entry: list[str] | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run make as a person would; `entry` is the command that runs it in another network."""
    own = {name: value for name, value in environment.items() if name not in _OF_MAKE}
    return subprocess.run(
        [*(entry or []), "make", "--no-print-directory", *arguments],
        cwd=folder,
        env={**own, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=MAKE_TIMEOUT_SECONDS,
    )


def drop_variables(*prefixes: str) -> dict[str, str]:
    """Return this environment without what is meant for another program than the one that is tested."""
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
