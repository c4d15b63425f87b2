"""The pipeline calls make alone, so that a red job is repeated with the same words, and says what it can be told."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.house.test_makefile import PHONY_TARGETS
from tests.support.running_server import ROOT

TEXT = (ROOT / ".gitlab-ci.yml").read_text()
PIPELINE: dict[str, Any] = yaml.safe_load(TEXT)
OF_ALL_JOBS = {"stages", "workflow", "variables", "default"}
JOBS = {name: job for name, job in PIPELINE.items() if name[0] != "." and name not in OF_ALL_JOBS}
OF_SCRIPTS = ("before_script", "script", "after_script")
SCRIPTS = [
    line for job in PIPELINE.values() if isinstance(job, dict) for key in OF_SCRIPTS for line in job.get(key, [])
]
RELEASE_DOCUMENT = (ROOT / "docs" / "release.md").read_text()
DOCUMENTED = set(re.findall(r"`([A-Z_]+)`", RELEASE_DOCUMENT))
# What GitLab itself says to every job.
PREDEFINED = re.compile(r"CI_(?!REGISTRY(_USER|_PASSWORD)?$)")
# What is the pipeline's own, and is not to be set.
OWN = {"IMAGE_TAG", "PIP_CACHE_DIR", "UV_CACHE_DIR", "UV_COMPILE_BYTECODE", "PYTEST_ADDOPTS", "GIT_DEPTH"}


def resolve(job: dict[str, Any], key: str) -> Any:
    """Return what a job says of `key`, itself or by what it extends."""
    while key not in job and "extends" in job:
        job = PIPELINE[job["extends"]]
    return job.get(key)


def test_there_are_jobs_for_every_stage() -> None:
    assert {resolve(job, "stage") for job in JOBS.values()} == set(PIPELINE["stages"])
    assert PIPELINE["stages"] == ["lint", "test", "train", "build", "staging", "production", "rollback"]


@pytest.mark.parametrize("line", SCRIPTS)
def test_calls_make_alone(line: str) -> None:
    called = re.fullmatch(r"make ([\w-]+)( [A-Z_]+=.+)?", line)
    assert called and called[1] in PHONY_TARGETS


def test_every_job_has_a_script() -> None:
    assert [name for name, job in JOBS.items() if not resolve(job, "script")] == []


def test_documents_every_variable() -> None:
    used = set(re.findall(r"\$([A-Z_]+)", TEXT)) | {name for job in JOBS.values() for name in job.get("variables", {})}
    used |= PIPELINE["variables"].keys()
    assert {name for name in used if not PREDEFINED.match(name)} - OWN - DOCUMENTED == set()


@pytest.mark.parametrize(
    "name", [name for name, job in JOBS.items() if resolve(job, "stage") in ("production", "rollback")]
)
def test_production_and_rollbacks_are_started_by_hand(name: str) -> None:
    (rule,) = resolve(JOBS[name], "rules")
    assert (rule["if"], rule["when"]) == ("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "manual")


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if "environment" in job])
def test_what_has_changed_an_environment_is_not_done_again_by_itself(name: str) -> None:
    assert resolve(JOBS[name], "retry") == 0


def test_merge_requests_run_nothing_where_the_keys_are() -> None:
    tags = {name: resolve(job, "tags") for name, job in JOBS.items()}
    with_keys = {name for name, job in JOBS.items() if "environment" in job}
    assert {name for name, tag in tags.items() if tag == ["deploy"]} == with_keys
    assert all("$CI_COMMIT_BRANCH" in rule["if"] for name in with_keys for rule in resolve(JOBS[name], "rules"))


def test_the_deep_tests_run_by_schedule_alone_and_hold_up_nothing() -> None:
    assert JOBS["test-long"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    assert [name for name, job in JOBS.items() if "test-long" in (resolve(job, "needs") or ())] == []


@pytest.mark.parametrize("name", ["rollback-staging", "rollback-production"])
def test_a_rollback_is_no_deployment_of_its_commit(name: str) -> None:
    assert JOBS[name]["environment"]["action"] == "prepare"


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if "environment" in job])
def test_one_job_at_a_time_changes_an_environment_and_is_not_cut_off(name: str) -> None:
    job = JOBS[name]
    assert job["resource_group"] == job["environment"]["name"] == job["variables"]["ENVIRONMENT"]
    assert resolve(job, "interruptible") is False


def test_what_is_deployed_is_what_was_built() -> None:
    assert JOBS["build"]["artifacts"]["reports"]["dotenv"] == "reports/image.env"
    assert all("build" in resolve(JOBS[name], "needs") for name in ("staging", "production"))
    assert "staging" in JOBS["production"]["needs"]


@pytest.mark.parametrize("job", ["bill-of-materials", "configuration", "build", "train"])
def test_nothing_is_deployed_that_was_not_checked(job: str) -> None:
    assert job in resolve(JOBS["staging"], "needs")


def test_its_caches_belong_to_the_locked_requirements() -> None:
    caches = [PIPELINE["default"]["cache"], *(job["cache"] for job in JOBS.values() if job.get("cache"))]
    assert [cache["key"]["files"] for cache in caches] == [
        ["requirements/dev.txt"],
        ["requirements/dev.txt", "requirements/release.txt"],
    ]
    assert all((ROOT / file).exists() for cache in caches for file in cache["key"]["files"])


def test_the_document_names_every_job_and_target() -> None:
    table = RELEASE_DOCUMENT[: RELEASE_DOCUMENT.index("## What a deployment does")]
    rows = [row for row in table.splitlines() if row.startswith("|")]
    named = {name for row in rows for name in re.findall(r"[\w-]+", row.split("|")[1].replace("(by hand)", ""))}
    assert set(JOBS) <= named
    assert {target for target in re.findall(r"`make ([\w-]+)", RELEASE_DOCUMENT)} <= set(PHONY_TARGETS)
