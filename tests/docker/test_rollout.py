"""Releases on a real Swarm of one machine that begins empty, under load from the first release on."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docker.engine import Engine
from tests.docker.notes import Note
from tests.docker.registry import Registry
from tests.docker.sites import HTTP_PORT, SHORT_DELAYS, Site, run_site
from tests.docker.steady_load import load_steadily
from tests.support.certificates import make_certificate
from tests.support.load import Load
from training.dataset import load_dataset

NEVER_READY = 'CMD ["sleep", "infinity"]'
ENDS_AT_ONCE = "ENV MODEL_VERSION=missing"
# Long enough to be asked for its health, and less than a new replica is watched.
DIES_ONCE_IT_SERVES = """CMD ["sh", "-c", \
    "python -m app & until python -IS healthcheck.py; do sleep 0.1; done; sleep 2; echo dies; exit 3"]"""
STACK = "ml-service-staging"
LIST_LABELS = ("service", "inspect", "--format", "{{json .Spec.Labels}}", f"{STACK}_ml-service")
URL = f"http://127.0.0.1:{HTTP_PORT}"
TLS_URL = "https://127.0.0.1:8443"
ASK_ALL_REPLICAS = """
import socket, urllib.request
found = {address[0] for *_, address in socket.getaddrinfo("ml-service", 8000, type=socket.SOCK_STREAM)}
print(*(urllib.request.urlopen(f"http://{each}:8000/metrics", timeout=30).status for each in found))
"""
# Far fewer than the load asks in the seconds of a step: below it there was no load that could have been disturbed.
MIN_REQUESTS = 100


@dataclass
class Step:
    """What one command did: how it ended, what it printed, what was served then, and what the load saw meanwhile."""

    status: int
    printed: str
    seconds: float
    served: str
    failures: list[str] = field(default_factory=list)
    n_requests: int = 0


@dataclass
class Releases:
    """The images there are, by digest, and the folders of versions that are baked into them."""

    first: str
    second: str
    never_ready: str
    ends_at_once: str
    dies: str
    first_artifacts: Path
    second_artifacts: Path


@pytest.fixture(scope="module")
def site(workplace: Path, registry: Registry, builder: Engine, nginx_image: str) -> Iterator[Site]:
    """Run a machine that has Docker and nothing else."""
    with run_site(workplace, "swarm", registry, builder, nginx_image) as running:
        yield running


@pytest.fixture(scope="module")
def releases(
    builder: Engine,
    image: str,
    second_image: str,
    push: Callable[[str, str], str],
    baked_artifacts: Path,
    second_clone: Path,
) -> Releases:
    """Push all images."""
    broken = {"never-ready": NEVER_READY, "ends-at-once": ENDS_AT_ONCE, "dies": DIES_ONCE_IT_SERVES}
    for name, line in broken.items():
        stdin = f"FROM {second_image}\n{line}\n".encode()
        builder.run("build", "--network", "host", "--tag", f"ml-service:{name}", "-", stdin=stdin)
    return Releases(
        first=push(image, "first"),
        second=push(second_image, "second"),
        never_ready=push("ml-service:never-ready", "never-ready"),
        ends_at_once=push("ml-service:ends-at-once", "ends-at-once"),
        dies=push("ml-service:dies", "dies"),
        first_artifacts=baked_artifacts,
        second_artifacts=second_clone / "artifacts",
    )


@pytest.fixture(scope="module")
def all_options(tmp_path_factory: pytest.TempPathFactory, public_key_file: Path) -> dict[str, str]:
    """Return the variables of a deployment with TLS, of which only a signed model is served."""
    folder = tmp_path_factory.mktemp("tls")
    for name, pem in zip(("certificate", "key"), make_certificate(), strict=True):
        (folder / name).write_bytes(pem)
    return {
        "TLS_CERTIFICATE_FILE": str(folder / "certificate"),
        "TLS_KEY_FILE": str(folder / "key"),
        "HTTPS_PORT": "8443",
        "ARTIFACT_PUBLIC_KEY_FILE": str(public_key_file),
        "SERVICE_URL": TLS_URL,
        # It is of no authority that the image knows.
        "SSL_CERT_FILE": str(folder / "certificate"),
    }


@pytest.fixture(scope="module")
def story(site: Site, clone: Path, releases: Releases, all_options: dict[str, str], note: Note) -> dict[str, Step]:
    """Release, fail to release, and roll back, in the order in which it stands here."""
    r = releases
    steps = {"nothing to go back to": run_step(site, clone, "rollback-release")}
    steps["first and bad"] = run_step(site, clone, "deploy", r.ends_at_once, r.second_artifacts)
    steps["services left"] = Step(0, site.engine.run("service", "ls", "--quiet"), 0, "")
    steps["first"] = run_step(site, clone, "deploy", r.first, r.first_artifacts)
    steps["asked beside it"] = Step(0, run_beside(site, r.first, ASK_ALL_REPLICAS), 0, "")
    with load_steadily(site.engine.network or "", HTTP_PORT, load_dataset().X[0].tolist()) as load:
        steps["second"] = run_step(site, clone, "deploy", r.second, r.second_artifacts, load)
        options = {"START_PERIOD_SECONDS": "15"}
        steps["never ready"] = run_step(site, clone, "deploy", r.never_ready, r.second_artifacts, load, **options)
        steps["dies once it serves"] = run_step(site, clone, "deploy", r.dies, r.second_artifacts, load)
        steps["another version"] = run_step(site, clone, "deploy", r.first, r.second_artifacts, load)
        # Ready it is, and answers each row alone, but not two together.
        options = {"MAX_BATCH_SIZE": "1"}
        steps["fails the smoke test"] = run_step(site, clone, "deploy", r.first, r.first_artifacts, load, **options)
        steps["back"] = run_step(site, clone, "rollback-release", load=load)
    steps["whole load"] = Step(0, "", 0, "", load.failures, len(load.spans))
    steps["all options"] = run_step(site, clone, "deploy", r.second, r.second_artifacts, None, **all_options)
    steps["with TLS"] = Step(0, site.ask("/model", TLS_URL), 0, "")
    steps["labels"] = Step(0, site.engine.run(*LIST_LABELS), 0, "")
    steps["kept"] = Step(0, read_kept(site), 0, "")
    steps["back again"] = run_step(site, clone, "rollback-release")
    steps["without TLS"] = Step(0, site.ask("/model", TLS_URL), 0, "")
    steps["back too far"] = run_step(site, clone, "rollback-release")
    for name, step in steps.items():
        print(f"{name}: status {step.status}\n{step.printed}")
        note(f"rollout, {name}: {step.seconds:.0f} s; {len(step.failures)} of {step.n_requests} requests failed")
    note(f"rollout: the longest answer took {load.longest_seconds:.2f} s; by version: {dict(load.versions)}")
    return steps


def run_step(
    site: Site,
    clone: Path,
    target: str,
    image: str = "",
    artifacts: Path = Path("none"),
    load: Load | None = None,
    **variables: str,
) -> Step:
    began = time.monotonic()
    n_failed, n_requests = count(load)
    own = {"IMAGE": image, "ARTIFACT_DIR": str(artifacts), **SHORT_DELAYS, **variables}
    made = site.run_make(clone, target, **own)
    seconds = time.monotonic() - began
    failures = load.failures[n_failed:] if load else []
    return Step(made.returncode, made.stdout, seconds, find_served(site), failures, count(load)[1] - n_requests)


def count(load: Load | None) -> tuple[int, int]:
    """Return how many requests have failed, and how many there were."""
    return (len(load.failures), len(load.spans)) if load else (0, 0)


def run_beside(site: Site, image: str, program: str) -> str:
    """Return what a Python program prints in a container of its own that has joined the stack's network."""
    return site.engine.run("run", "--rm", "--network", f"{STACK}_inside", image, "python", "-c", program)


def find_served(site: Site) -> str:
    """Return the version that the site serves, or why it does not."""
    body, _, status = site.ask("/model").rpartition("\n")
    return str(json.loads(body)["version"]) if status == "200" else status


def read_kept(site: Site) -> str:
    """Return all that is kept in the swarm for everybody who manages it to read."""
    configs = site.engine.run("config", "ls", "--quiet").split()
    kept = json.loads(site.engine.run("config", "inspect", *configs))
    service = site.engine.run("service", "inspect", f"{STACK}_ml-service")
    return "\n".join([service, *(base64.b64decode(config["Spec"]["Data"]).decode() for config in kept)])


def get_version(artifacts: Path) -> str:
    return artifacts.joinpath("current").readlink().name


def test_there_is_nothing_to_go_back_to_at_first(story: dict[str, Step]) -> None:
    step = story["nothing to go back to"]
    assert step.status != 0
    assert f"Not rolled back. There is no stack {STACK} that was deployed from here." in step.printed


def test_a_first_release_that_does_not_start_leaves_nothing(story: dict[str, Step]) -> None:
    step = story["first and bad"]
    assert (step.status != 0, step.served) == (True, "000"), step.printed
    assert f"{STACK}_ml-service does not start." in step.printed
    assert "There is no version missing in /srv/artifacts." in step.printed
    assert "There was no release before it, so the stack was removed: nothing serves." in step.printed
    assert story["services left"].printed == ""


def test_the_first_release_serves_on_a_host_that_was_empty(story: dict[str, Step], releases: Releases) -> None:
    step = story["first"]
    assert (step.status, step.served) == (0, get_version(releases.first_artifacts)), step.printed


def test_all_replicas_can_be_watched_from_beside_them(story: dict[str, Step]) -> None:
    assert story["asked beside it"].printed == "200 200"


def test_the_load_saw_no_failure_between_the_steps_either(story: dict[str, Step]) -> None:
    step = story["whole load"]
    assert (step.failures, step.n_requests > MIN_REQUESTS) == (story["dies once it serves"].failures, True)


def test_the_second_release_fails_no_request(story: dict[str, Step]) -> None:
    step = story["second"]
    assert (step.status, step.served, step.failures) == (0, "second", []), step.printed
    assert step.n_requests > MIN_REQUESTS


def test_a_release_that_is_never_ready_is_rolled_back_and_fails_no_request(story: dict[str, Step]) -> None:
    step = story["never ready"]
    assert (step.status != 0, step.served, step.failures) == (True, "second", []), step.printed
    assert step.n_requests > MIN_REQUESTS
    assert f"Not deployed. The update of {STACK}_ml-service failed and has been rolled back." in step.printed
    assert "unhealthy container" in step.printed
    assert re.search(r"Release \S+ serves on: \S+@sha256:\S+, version second\.", step.printed)


def test_a_release_that_dies_once_it_serves_is_rolled_back_and_fails_only_what_it_was_answering(
    story: dict[str, Step],
) -> None:
    step = story["dies once it serves"]
    assert (step.status != 0, step.served) == (True, "second"), step.printed
    # An answer that has begun cannot be asked for elsewhere. One of two replicas dies, and six clients ask.
    assert [failure for failure in step.failures if not failure.startswith("IncompleteRead")] == []
    assert len(step.failures) <= 8
    assert step.n_requests > MIN_REQUESTS
    assert f"Not deployed. The update of {STACK}_ml-service failed and has been rolled back." in step.printed
    assert "non-zero exit (3)" in step.printed
    assert re.search(r"Release \S+ serves on: \S+@sha256:\S+, version second\.", step.printed)


def test_an_image_with_another_version_changes_nothing(story: dict[str, Step], releases: Releases) -> None:
    step = story["another version"]
    assert (step.status != 0, step.served, step.failures) == (True, "second", []), step.printed
    served = get_version(releases.first_artifacts)
    assert f"has version {served} in it, but the artifacts here are of version second" in step.printed
    assert "updating" not in step.printed


def test_a_release_that_fails_the_smoke_test_is_taken_back_and_fails_no_request(story: dict[str, Step]) -> None:
    step = story["fails the smoke test"]
    assert (step.status != 0, step.served, step.failures) == (True, "second", []), step.printed
    assert step.n_requests > MIN_REQUESTS
    assert f"Not deployed. POST {URL}/predict/batch should be answered 200, but was 422" in step.printed
    assert re.search(r"Release \S+ serves on: \S+@sha256:\S+, version second\.", step.printed)


def test_a_rollback_takes_one_step_and_fails_no_request(story: dict[str, Step], releases: Releases) -> None:
    step = story["back"]
    assert (step.status, step.served, step.failures) == (0, get_version(releases.first_artifacts), []), step.printed
    assert step.n_requests > MIN_REQUESTS


def test_serves_a_signed_model_over_tls(story: dict[str, Step]) -> None:
    step = story["all options"]
    assert (step.status, step.served) == (0, "second"), step.printed
    model = json.loads(story["with TLS"].printed.rpartition("\n")[0])
    assert (model["version"], model["signature_verified"]) == ("second", True)


def test_the_labels_say_what_is_served_and_what_was_before(story: dict[str, Step], releases: Releases) -> None:
    labels = json.loads(story["labels"].printed)
    history = [each["image"] for each in json.loads(labels["ml-service.history"])]
    assert (labels["ml-service.version"], labels["ml-service.image"]) == ("second", releases.second)
    assert labels["ml-service.passed"] == labels["ml-service.release"]
    assert history == [releases.first]


def test_keeps_no_private_key_where_others_read(story: dict[str, Step]) -> None:
    labels = json.loads(story["labels"].printed)
    assert "PUBLIC KEY" in labels["ml-service.variables"]
    assert "PRIVATE KEY" not in story["kept"].printed


def test_a_rollback_takes_the_options_back_as_well(story: dict[str, Step], releases: Releases) -> None:
    step = story["back again"]
    assert (step.status, step.served) == (0, get_version(releases.first_artifacts)), step.printed
    assert story["without TLS"].printed.rpartition("\n")[2] == "000"


def test_a_rollback_beyond_the_first_release_says_so(story: dict[str, Step], releases: Releases) -> None:
    step = story["back too far"]
    assert (step.status != 0, step.served) == (True, get_version(releases.first_artifacts)), step.printed
    assert "has passed the smoke test: there is nothing to go back to." in step.printed


def test_no_password_is_printed_or_kept(story: dict[str, Step], site: Site) -> None:
    assert [
        name for name, step in story.items() if site.registry.variables["CI_REGISTRY_PASSWORD"] in step.printed
    ] == []
    kept = subprocess.run(
        ["grep", "-rl", site.registry.address, str(Path.home() / ".docker")], capture_output=True, text=True
    )
    assert kept.stdout == ""
