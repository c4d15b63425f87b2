"""Many who train and promote at once: whatever they do, the folder of versions stays sound."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.artifacts import Artifact, list_versions, read_artifact
from app.artifacts.catalog import list_published
from app.model.acceptance import accept_version
from app.settings import Settings
from tests.support.depth import repeats
from tests.support.running_server import DEADLINE_SECONDS, ROOT
from tests.support.small_versions import publish_copy, read_links

N_ROUNDS = repeats(1, 20)
FIRST_VERSIONS = ("a", "b", "c", "d")

# Each does the same thing over and over, once it is told to begin. What the probes need is imported once.
PROMOTER = """
import sklearn.linear_model, sklearn.preprocessing
from app.model.promotion import promote
wait_for_the_others()
for _ in range(n_rounds):
    assert promote(settings, name).metadata.version == name
"""
ROLLER = """
import sklearn.linear_model, sklearn.preprocessing
from app.model.promotion import roll_back
wait_for_the_others()
for _ in range(n_rounds):
    roll_back(settings)
"""
PRUNER = """
from app.model.promotion import prune
wait_for_the_others()
for _ in range(n_rounds):
    prune(settings, 1)
"""
PUBLISHER = """
import json
from app.publishing.store import publish
folder = settings.artifact_dir
files = {path.name: path.read_bytes() for path in (folder / "a").iterdir()}
metadata = json.loads(files["metadata.json"])
wait_for_the_others()
for number in range(n_rounds):
    version = f"{name}-{number}"
    publish(folder, version, {**files, "metadata.json": json.dumps({**metadata, "version": version}).encode()})
"""
PREAMBLE = """
import sys
from pathlib import Path
from app.settings import Settings
settings, name, n_rounds = Settings(artifact_dir=Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])

def wait_for_the_others():
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def artifact_dir(tmp_path: Path, iris_artifact: Artifact) -> Path:
    """Return a folder with four versions, of which the last is current."""
    for version in FIRST_VERSIONS:
        publish_copy(tmp_path, iris_artifact, version)
    return tmp_path


@contextmanager
def waiting(artifact_dir: Path, code: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process that runs `code` as soon as it is told to, and ends with the `with` block."""
    command = [sys.executable, "-c", PREAMBLE + code, str(artifact_dir), name, str(N_ROUNDS)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def run_at_once(artifact_dir: Path, tasks: list[tuple[str, str]], look: Callable[[Path], object]) -> list[str]:
    """Run all `tasks` at once, `look` at the folder again and again meanwhile, and return what went wrong."""
    with ExitStack() as stack:
        processes = [stack.enter_context(waiting(artifact_dir, code, name)) for code, name in tasks]
        for process in processes:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        while any(process.poll() is None for process in processes):
            look(artifact_dir)
        return [process.communicate(timeout=DEADLINE_SECONDS)[1] for process in processes if process.returncode]


def check_sound(artifact_dir: Path) -> None:
    """Fail unless every version passes all checks, both links lead to versions, and nothing else is there."""
    versions = list_versions(artifact_dir)
    for version in versions:
        accept_version(artifact_dir, version, Settings().build_policy())
    current, previous = read_links(artifact_dir)
    assert current != previous and {current, previous} <= set(versions)
    assert set(os.listdir(artifact_dir)) == {".lock", ".previous", "current", *versions}


def test_four_who_promote_and_two_who_publish_leave_a_sound_folder(artifact_dir: Path) -> None:
    tasks = [*((PROMOTER, name) for name in FIRST_VERSIONS), (PUBLISHER, "left"), (PUBLISHER, "right")]
    assert run_at_once(artifact_dir, tasks, look=read_artifact) == []
    check_sound(artifact_dir)
    assert len(list_versions(artifact_dir)) == len(FIRST_VERSIONS) + 2 * N_ROUNDS


def test_who_rolls_back_among_others_leaves_a_sound_folder(artifact_dir: Path) -> None:
    tasks = [(PROMOTER, "a"), (ROLLER, ""), (ROLLER, ""), (PUBLISHER, "new")]
    assert run_at_once(artifact_dir, tasks, look=read_artifact) == []
    check_sound(artifact_dir)


def test_who_prunes_among_those_who_publish_leaves_a_sound_folder(artifact_dir: Path) -> None:
    # A version may be removed while it is read, if it is neither the current nor the previous one any more.
    assert run_at_once(artifact_dir, [(PRUNER, ""), (PRUNER, ""), (PUBLISHER, "new")], look=list_published) == []
    check_sound(artifact_dir)
