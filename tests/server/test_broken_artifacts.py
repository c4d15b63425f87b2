"""Versions that must not be served: at the start, at a reload, and when a worker dies."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import sklearn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.artifacts import Artifact, lock_artifacts, make_current
from app.artifacts.manifest import METADATA_FILE, SIGNATURE_FILE
from app.artifacts.signing import sign
from app.publishing.store import publish
from app.server.control import reload_server
from app.server.respawn import STABLE_SECONDS
from tests.support.broken_artifacts import (
    BROKEN_VERSION,
    Fault,
    Files,
    Trap,
    build_files,
    change_golden_labels,
    change_metadata,
    flip_bit,
    forge_digest,
    link_elsewhere,
    publish_broken,
    remove,
    remove_contents,
    replace_content,
    truncate,
)
from tests.support.depth import IS_LONG
from tests.support.published_models import load_iris_dataset
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, start_server, wait_until
from tests.support.unprivileged import LAUNCHER

GOOD_VERSION = "good"

ABORTING = pickle.dumps(Trap("import faulthandler, os; faulthandler.disable(); os.abort()"))

FAULTS = {
    "a missing file": Fault("model.pkl is missing", break_folder=lambda folder: (folder / "model.pkl").unlink()),
    "a truncated file": Fault("bytes where the manifest says", break_folder=truncate),
    "a flipped bit": Fault("model.pkl does not have the SHA-256 that the manifest says", break_folder=flip_bit),
    "a wrong hash in the manifest": Fault(
        "golden.json does not have the SHA-256 that the manifest says", forge_digest("golden.json")
    ),
    "an unknown key in the metadata": Fault("(unknown: owner)", change_metadata(owner="me")),
    "an unknown key that signed it": Fault(
        "metadata.json.sig is not the signature of metadata.json", key=Ed25519PrivateKey.generate()
    ),
    "no signature": Fault("it is not signed", is_signed=False),
    "another scikit-learn": Fault(
        "was made with scikit-learn 1.0.2 and would be served with",
        change_metadata(library_versions={"scikit-learn": "1.0.2"}),
    ),
    "golden answers that do not match": Fault(
        "the self-test failed: labels differ from golden.json",
        change_golden_labels,
    ),
    "bytes that cannot be unpickled": Fault(
        "model.pkl cannot be unpickled (", replace_content("model.pkl", b"\x80\x04nothing")
    ),
    "a pickle that aborts": Fault(
        "it killed the process that tried, with SIGABRT", replace_content("model.pkl", ABORTING)
    ),
    "a folder without permission": Fault(
        "cannot be read: its folder: Permission denied", break_folder=lambda folder: folder.chmod(0)
    ),
    "an empty folder": Fault("metadata.json is missing", break_folder=remove_contents, is_signed=False),
    "a dangling link": Fault("names version broken, which is not there", break_folder=remove),
    "a file that the manifest does not name": Fault(
        "its folder holds 'notes.txt', which the manifest does not name",
        break_folder=lambda folder: (folder / "notes.txt").touch(),
    ),
    "a path in the manifest": Fault(
        "the manifest names '../model.pkl', which is a path",
        change_metadata(files={"../model.pkl": {"size": 1, "sha256": "0" * 64}}),
    ),
    "a link out of the folder": Fault("golden.json is a symbolic link that leads out of", break_folder=link_elsewhere),
}

# A start reads a version as a reload does, which all of them are tried at: these stop it at different places.
AT_THE_START = (
    FAULTS if IS_LONG else {name: FAULTS[name] for name in ("no signature", "a pickle that aborts", "a dangling link")}
)
# A worker that takes another's place never reads the disk.
AT_A_DEATH = FAULTS if IS_LONG else {name: FAULTS[name] for name in ("a dangling link",)}


@dataclass(frozen=True)
class Shop:
    """A folder with a good version, the key that signed it, and the files that broken versions are made of."""

    artifact_dir: Path
    key: Ed25519PrivateKey
    key_file: Path
    files: Files

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[None]:
        """Make a broken version the current one, and the good one again afterwards."""
        publish_broken(self.artifact_dir, self.files, fault, self.key)
        try:
            yield
        finally:
            with lock_artifacts(self.artifact_dir):
                make_current(self.artifact_dir, GOOD_VERSION)
            shutil.rmtree(self.artifact_dir / BROKEN_VERSION, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """Return what the server is to be given."""
        return {"ARTIFACT_PUBLIC_KEY_FILE": str(self.key_file), "WEB_CONCURRENCY": "1"}


@pytest.fixture(scope="module")
def shop(iris_artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a folder with one version that is good."""
    folder = tmp_path_factory.mktemp("shop")
    key = Ed25519PrivateKey.generate()
    key_file = folder / "public.pem"
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    key_file.write_bytes(key.public_key().public_bytes(*pem))
    good = build_files(iris_artifact, GOOD_VERSION)
    publish(folder / "artifacts", GOOD_VERSION, {**good, SIGNATURE_FILE: sign(good[METADATA_FILE], key)})
    return Shop(folder / "artifacts", key, key_file, build_files(iris_artifact, BROKEN_VERSION))


@pytest.fixture(scope="module")
def served(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run a server with the good version; it has no more rights than any user."""
    folder = tmp_path_factory.mktemp("served")
    with run_server(shop.artifact_dir, folder, LAUNCHER, **shop.environment()) as server:
        yield server


def read_age_seconds(process: int) -> float:
    """Return how long ago a process was started."""
    ticks = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def ask_version(server: RunningServer) -> str:
    """Return which version answers a prediction."""
    instance = load_iris_dataset().X[0].tolist()
    answer = requests.post(f"{server.url}/predict", json={"features": instance}, timeout=DEADLINE_SECONDS)
    version: str = answer.json()["model_version"]
    return version


@pytest.mark.parametrize("fault", AT_THE_START.values(), ids=AT_THE_START)
def test_at_the_start_it_ends_and_names_the_cause(shop: Shop, tmp_path: Path, fault: Fault) -> None:
    with (
        shop.broken(fault),
        start_server(shop.artifact_dir, tmp_path, LAUNCHER, **shop.environment()) as server,
    ):
        assert server.process.wait(DEADLINE_SECONDS) != 0
        (line,) = [line for line in server.read_log().splitlines() if '"level":"info"' not in line]
    assert fault.words in json.loads(line)["message"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_at_a_reload_it_serves_on_and_names_the_cause(shop: Shop, served: RunningServer, fault: Fault) -> None:
    workers = served.list_workers()
    with shop.broken(fault):
        outcome = reload_server(f"127.0.0.1:{served.port}", DEADLINE_SECONDS)
        assert fault.words in (outcome.refusal or "")
        assert json.dumps(outcome.refusal)[1:-1] in served.read_log()
        assert (ask_version(served), served.list_workers()) == (GOOD_VERSION, workers)


@pytest.mark.parametrize("fault", AT_A_DEATH.values(), ids=AT_A_DEATH)
def test_when_a_worker_dies_the_next_serves_what_it_served(shop: Shop, served: RunningServer, fault: Fault) -> None:
    (before,) = served.list_workers()
    wait_until(lambda: read_age_seconds(before) > STABLE_SECONDS + 0.5, "its death is not taken for a crash loop")
    with shop.broken(fault):
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: served.list_workers() not in ([before], []), "a new worker")
        assert ask_version(served) == GOOD_VERSION


def test_serves_what_another_scikit_learn_made_where_that_is_allowed_and_says_so(shop: Shop, tmp_path: Path) -> None:
    allowed = {**shop.environment(), "ALLOW_VERSION_MISMATCH": "1"}
    with shop.broken(FAULTS["another scikit-learn"]), run_server(shop.artifact_dir, tmp_path, **allowed) as server:
        model = requests.get(f"{server.url}/model", timeout=DEADLINE_SECONDS).json()
        assert model["version_mismatch"] == {"trained_with": "1.0.2", "served_with": sklearn.__version__}
        assert "It was made with scikit-learn 1.0.2 and is served with" in server.read_log()
