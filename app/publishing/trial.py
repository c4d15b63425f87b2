"""Trials of versions that are about to become current: by a process of its own, as the server would.

Estimators that have been fitted may have started threads, after which a forked process can hang: so it is a new one,
`python -m app.publishing.trial FOLDER VERSION SECONDS`. It has neither the code of training nor the libraries that
training alone asks for, which a server need not have either.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

import app
from app.artifacts import AcceptancePolicy, ArtifactCorrupt, ArtifactError
from app.artifacts.errors import NotPublishable
from app.environment import EnvironmentReader
from app.model.acceptance import accept_version
from app.settings import Settings

_OF_TRAINING = ("training", "pyarrow", "skops", "tqdm")


def read_load_timeout() -> int:
    """Return how many seconds a server of this environment lets a version take to load.

    Raises `NotPublishable` where that is no such number: to be called before hours are spent on training.
    """
    reader = EnvironmentReader(os.environ)
    (setting,) = (each for each in fields(Settings) if each.name == "load_timeout_seconds")
    seconds: int = reader.read(setting)
    if reader.faults:
        raise NotPublishable(f"The environment cannot be used: {reader.faults[0]}.")
    return seconds


def try_version(artifact_dir: Path, version: str, load_timeout_seconds: int) -> None:
    """Raise `NotPublishable` unless a server that waits so long would serve `version` of `artifact_dir`."""
    arguments = [str(artifact_dir.resolve()), version, str(load_timeout_seconds)]
    command = [sys.executable, "-m", "app.publishing.trial", *arguments]
    root = Path(app.__file__).parent.parent
    tried = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=False)
    if tried.returncode != 0:
        fault = tried.stdout.strip() or f"trying it ended with status {tried.returncode}"
        raise NotPublishable(f"Nothing was published: a server would refuse this model, because {fault}.")


class _WithoutTraining(MetaPathFinder):
    """What finds no module that a server need not have. Libraries ask `sys.modules` for some, so none are put there."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname.partition(".")[0] in _OF_TRAINING:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def main(arguments: list[str]) -> None:
    """Try a version, and exit with 1 and a line that says what is wrong with it."""
    artifact_dir, version, load_timeout_seconds = arguments
    sys.meta_path.insert(0, _WithoutTraining())
    try:
        accept_version(Path(artifact_dir), version, AcceptancePolicy(), timeout_seconds=float(load_timeout_seconds))
    except ArtifactCorrupt as error:
        print(error.fault)
    except ArtifactError as error:
        print(str(error).removesuffix("."))
    else:
        return
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
