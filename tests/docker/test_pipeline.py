"""The project's pipeline, run as it stands: from a commit to a release in production, and back.

The runner is gitlab-ci-local with shells; the registry wants a password; `staging` and `production` are two machines
behind SSH that have Docker and nothing else. Of the clone's tests only a few are run, for the time that all would take.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docker.clones import clone_project, commit_all, run_git
from tests.docker.engine import Engine
from tests.docker.notes import Note
from tests.docker.pipelines import PipelineRun, Runner, list_jobs, set_variables
from tests.docker.registry import PASSWORD, Registry, list_tags
from tests.docker.sites import Site, run_site
from tests.docker.ssh_server import add_user, hand_over, run_ssh_server

ENVIRONMENTS = ("staging", "production")
FIRST_HALF = {"lint", "interface", "test", "champion", "train"}
TO_STAGING = FIRST_HALF | {"bill-of-materials", "configuration", "build", "staging"}
BY_HAND = {"production", "rollback-staging", "rollback-production"}
BROKEN_TEST = "\n\ndef test_is_broken() -> None:\n    raise AssertionError\n"
A_TEST = Path("tests/unit/columns/test_json_pointer.py")
LONGEST_OF_DEPLOYMENTS = "tests/platforms/test_kubernetes*.py"
# Each breaks the clone in one way: a file, what is replaced in it, and by what.
ESTIMATOR = "n_estimators=200, learning_rate=0.05, max_depth=4"
BELOW_THE_GATE = (Path("training/estimators.py"), ESTIMATOR, "n_estimators=1, learning_rate=0.05, max_depth=4")
WORSE_THAN_THE_CHAMPION = (Path("training/estimators.py"), ESTIMATOR, "n_estimators=3, learning_rate=0.05, max_depth=1")


@dataclass(frozen=True)
class Step:
    """How a run of the pipeline ended, and which images were served after it, by environment."""

    run: PipelineRun
    images: dict[str, str]


@pytest.fixture(scope="module")
def sites(workplace: Path, registry: Registry, builder: Engine, nginx_image: str) -> Iterator[dict[str, Site]]:
    """Run a machine for each environment."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(run_site(workplace, name, registry, builder, nginx_image))
            for name in ENVIRONMENTS
        }


@pytest.fixture(scope="module")
def runner(
    workplace: Path,
    sites: dict[str, Site],
    registry: Registry,
    builder: Engine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Runner]:
    """Return what runs the pipeline of a clone that knows the machines, as the settings of a project would."""
    clone = clone_project(tmp_path_factory.mktemp("pipeline"))
    run_git(clone, "remote", "add", "origin", "git@gitlab.example.com:team/ml-service.git")
    run_git(clone, "rm", "--quiet", LONGEST_OF_DEPLOYMENTS)
    commit_all(clone, "Leave out what takes long")
    workplace.chmod(0o711)
    with ExitStack() as stack:
        user = stack.enter_context(add_user(f"mls{os.getpid()}"))
        servers = {}
        for name, site in sites.items():
            hand_over(site.engine, user)
            servers[name] = stack.enter_context(run_ssh_server(workplace / f"ssh-{name}", user, site.engine))
        scoped = {
            "DOCKER_HOST": {name: server.docker_host for name, server in servers.items()},
            "SERVICE_URL": {name: site.url for name, site in sites.items()},
            "SSH_PRIVATE_KEY_FILE": {name: str(server.private_key) for name, server in servers.items()},
            "SSH_KNOWN_HOSTS_FILE": {name: str(server.known_hosts) for name, server in servers.items()},
        }
        set_variables(clone, scoped)
        yield Runner(clone, builder, registry, tests=str(A_TEST))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the story puts what the jobs have left for people to download, by the job."""
    return tmp_path_factory.mktemp("kept") / "artifacts"


@pytest.fixture(scope="module")
def story(runner: Runner, sites: dict[str, Site], kept: Path, note: Note) -> dict[str, Step]:
    """Run the pipeline, break it in each of its places, and go back, in the order in which it stands here."""
    steps = {}

    def step(name: str, *jobs: str, **variables: str) -> None:
        run = runner.run(*jobs, **variables)
        print(f"== {name}: status {run.status}, passed {run.passed}\n{run.printed}")
        note(f"pipeline, {name}: {run.seconds:.0f} s; passed {run.passed}, failed {run.failed}")
        steps[name] = Step(run, {each: find_image(site, each) for each, site in sites.items()})

    step("whole")
    step("production", "production")
    step("second", "build", "staging", "production")
    # Ready it is, and answers each row alone, but not two together.
    step("failing smoke test", "staging", "production", MAX_BATCH_SIZE="1")
    shutil.copytree(runner.artifacts, kept, symlinks=True)
    # Last of these, as jobs that fail leave nothing to deploy, nor to download.
    break_file(runner.clone, (A_TEST, "", BROKEN_TEST))
    step("broken test", "test", "champion", "train", "build", "staging")
    mend(runner.clone)
    for name, change in (("below the gate", BELOW_THE_GATE), ("worse", WORSE_THAN_THE_CHAMPION)):
        break_file(runner.clone, change)
        step(name, "champion", "train", "build", "staging")
        mend(runner.clone)
    step("rollback", "rollback-production")
    return steps


def break_file(clone: Path, change: tuple[Path, str, str]) -> None:
    """Commit a change of one file; an empty place means its end."""
    path, old, new = change
    text = (clone / path).read_text()
    assert old in text
    (clone / path).write_text(text.replace(old, new, 1) if old else text + new)
    commit_all(clone, f"Break {path}")


def mend(clone: Path) -> None:
    """Commit the opposite of the last commit."""
    run_git(clone, "-c", "user.name=Tests", "-c", "user.email=tests@example.com", "revert", "--no-edit", "HEAD")


def find_image(site: Site, environment: str) -> str:
    """Return the image that a machine serves, empty where it serves none or does not answer."""
    if site.ask("/ready").rpartition("\n")[2] != "200":
        return ""
    service = f"ml-service-{environment}_ml-service"
    return site.engine.run("service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", service)


def test_a_broken_test_stops_it_before_anything_is_trained(story: dict[str, Step]) -> None:
    step = story["broken test"]
    assert (step.run.status != 0, step.run.failed) == (True, ["test"])
    assert not {"train", "build", "staging"} & set(step.run.passed)
    assert step.images == story["second"].images


def test_a_commit_reaches_staging_by_itself_and_production_not(story: dict[str, Step]) -> None:
    step = story["whole"]
    assert (step.run.status, set(step.run.passed), step.run.failed) == (0, TO_STAGING, [])
    assert (step.images["staging"] != "", step.images["production"]) == (True, "")


def test_production_gets_the_very_image_that_staging_has(story: dict[str, Step]) -> None:
    step = story["production"]
    assert (step.run.status, step.run.passed) == (0, ["production"])
    assert step.images["production"] == step.images["staging"] == story["whole"].images["staging"]
    assert "@sha256:" in step.images["production"]


def test_the_registry_calls_the_image_by_the_environments(story: dict[str, Step], registry: Registry) -> None:
    assert {"staging", "production"} <= set(list_tags(registry, "team/ml-service"))


def test_the_next_release_reaches_production(story: dict[str, Step]) -> None:
    step = story["second"]
    assert (step.run.status, step.run.passed) == (0, ["build", "production", "staging"])
    assert step.images["production"] == step.images["staging"] != story["production"].images["production"]


def test_a_failing_smoke_test_stops_it_in_staging_which_serves_on(story: dict[str, Step]) -> None:
    step = story["failing smoke test"]
    assert (step.run.status != 0, step.run.failed) == (True, ["staging"])
    assert "Not deployed. " in step.run.printed and "/predict/batch" in step.run.printed
    assert step.images == story["second"].images


@pytest.mark.parametrize(("name", "asked"), [("below the gate", "--min-roc-auc"), ("worse", "--require-not-worse")])
def test_a_model_that_is_not_good_enough_is_not_built(story: dict[str, Step], name: str, asked: str) -> None:
    step = story[name]
    assert (step.run.status != 0, step.run.failed) == (True, ["train"])
    assert re.search(rf"Nothing was published: the ROC AUC on the test part is \S+, .*and {asked} ", step.run.printed)
    assert not {"build", "staging"} & set(step.run.passed)
    assert step.images == story["second"].images


def test_a_model_is_compared_with_that_in_production(story: dict[str, Step], registry: Registry) -> None:
    champion = f"{registry.address}/team/ml-service:production"
    assert f"There is no {champion}, so no champion yet." in story["whole"].run.printed
    assert f"The champion is that of {champion}." in story["worse"].run.printed


def test_shows_the_coverage(story: dict[str, Step]) -> None:
    assert re.search(r"^ *PASS\b.*\btest +[\d.]+% coverage", story["whole"].run.printed, re.MULTILINE)


def test_production_goes_back_and_staging_stays(story: dict[str, Step]) -> None:
    step = story["rollback"]
    assert (step.run.status, step.run.passed) == (0, ["rollback-production"])
    assert step.images["production"] == story["production"].images["production"]
    assert step.images["staging"] == story["second"].images["staging"]


def test_merge_requests_run_the_first_half(tmp_path: Path) -> None:
    clone = clone_project(tmp_path / "clone")
    run_git(clone, "checkout", "--quiet", "-b", "a-branch")
    assert list_jobs(clone, "merge_request_event") == FIRST_HALF


@pytest.mark.parametrize(("source", "beside"), [("push", set()), ("schedule", {"test-long"})])
def test_a_schedule_takes_the_same_way_as_a_commit(tmp_path: Path, source: str, beside: set[str]) -> None:
    assert list_jobs(clone_project(tmp_path / "clone"), source) == TO_STAGING | BY_HAND | beside


def test_no_secret_is_in_any_log(story: dict[str, Step], runner: Runner) -> None:
    assert [name for name, step in story.items() if PASSWORD in step.run.printed] == []
    assert [name for name, step in story.items() if "PRIVATE KEY" in step.run.printed] == []
    kept = [str(runner.clone / ".gitlab-ci-local" / name) for name in ("output", "artifacts")]
    found = subprocess.run(["grep", "--recursive", "--files-with-matches", PASSWORD, *kept], capture_output=True)
    assert (found.returncode, found.stdout, found.stderr) == (1, b"", b"")


def test_leaves_no_connection_and_no_key_on_the_runner(story: dict[str, Step]) -> None:
    assert story["production"].run.status == 0
    titles = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert [title for title in titles if title.startswith(b"ssh: ") and b"ml-service-" in title] == []
    assert list(Path(tempfile.gettempdir()).glob("ml-service-*/key")) == []


@pytest.mark.parametrize(
    ("job", "file"),
    [
        ("test", "reports/junit.xml"),
        ("test", "reports/coverage.xml"),
        ("interface", "openapi.json"),
        ("interface", "openapi.yaml"),
        ("train", "reports/metrics.txt"),
        ("bill-of-materials", "reports/bill-of-materials.json"),
        ("build", "reports/image.env"),
    ],
)
def test_keeps_what_people_download(story: dict[str, Step], kept: Path, job: str, file: str) -> None:
    assert (kept / job / file).stat().st_size > 0


def test_the_metrics_are_those_of_the_model(story: dict[str, Step], kept: Path) -> None:
    (metadata,) = (kept / "train").glob("artifacts/*Z/metadata.json")
    expected = json.loads(metadata.read_text())["metrics"]["test"]["roc_auc"]
    lines = (kept / "train" / "reports" / "metrics.txt").read_text().splitlines()
    assert f"test_roc_auc {expected:.6f}" in lines
