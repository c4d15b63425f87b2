"""What Azure's description of its API says of the app, what it would notice, and what the file promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.container_apps_schema import build_app_schema
from tests.platforms.containers import read_containers
from tests.platforms.manifests import CONTAINER_APPS_FILE, read_document
from tests.platforms.mutants import Mutant, name_mutant, write_mutant
from tests.platforms.schemas import find_faults
from tests.platforms.sizes import parse_bytes

APP = read_document(CONTAINER_APPS_FILE)
CONFIGURATION, TEMPLATE = APP["properties"]["configuration"], APP["properties"]["template"]
(CONTAINER,) = TEMPLATE["containers"]
MUTANTS = [
    Mutant("misspelt key", "activeRevisionsMode", "activeRevisionMode"),
    Mutant("misspelt key in a probe", "httpGet", "httpget"),
    Mutant("probe that there is not", "type: Readiness", "type: Ready"),
    Mutant("mode that there is not", "Single", "Sole"),
    Mutant("text for a number", "targetPort: 8000", 'targetPort: "8000"'),
    Mutant("number for a text", 'concurrentRequests: "8"', "concurrentRequests: 8"),
    Mutant("number for a text in a variable", 'value: "9000"', "value: 9000"),
    Mutant("probe without a port", "port: 8000", "scheme: HTTP"),
    Mutant("more failures than Azure counts", "failureThreshold: 10", "failureThreshold: 60"),
    Mutant("no location", "location: REGION\n", ""),
    Mutant("no image", "image: REGISTRY", "images: REGISTRY"),
    Mutant("another resource", "Microsoft.App/containerApps\n", "Microsoft.App/jobs\n"),
]


def test_the_app_is_what_the_api_takes() -> None:
    assert find_faults(build_app_schema(), APP) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=name_mutant)
def test_a_broken_app_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    broken = read_document(write_mutant(CONTAINER_APPS_FILE, tmp_path, mutant))
    assert find_faults(build_app_schema(), broken) != []


def test_the_world_does_not_reach_it() -> None:
    assert CONFIGURATION["ingress"]["external"] is False


def test_the_old_revision_goes_only_when_the_new_one_is_ready() -> None:
    assert CONFIGURATION["activeRevisionsMode"] == "Single"


def test_old_revisions_are_kept_to_go_back_to() -> None:
    assert CONFIGURATION["maxInactiveRevisions"] >= 2


def test_clients_come_by_https_alone() -> None:
    assert CONFIGURATION["ingress"]["allowInsecure"] is False


def test_memory_and_cores_are_in_the_proportion_that_is_sold() -> None:
    assert parse_bytes(CONTAINER["resources"]["memory"]) == 2 * 2**30 * CONTAINER["resources"]["cpu"]


def test_two_replicas_run_at_the_least() -> None:
    assert 2 <= TEMPLATE["scale"]["minReplicas"] < TEMPLATE["scale"]["maxReplicas"]


def test_scales_out_before_requests_wait() -> None:
    (container,) = [each for each in read_containers() if each.platform == "container apps"]
    settings = container.read_settings()
    (rule,) = [each["http"] for each in TEMPLATE["scale"]["rules"] if "http" in each]
    assert int(rule["metadata"]["concurrentRequests"]) <= settings.web_concurrency * settings.threads


def test_scales_in_only_after_the_load_has_gone_for_good() -> None:
    assert TEMPLATE["scale"]["cooldownPeriod"] >= 300


def test_the_image_is_pulled_without_a_password() -> None:
    (registry,) = CONFIGURATION["registries"]
    assert registry["identity"] in APP["identity"]["userAssignedIdentities"]
    assert CONTAINER["image"].startswith(registry["server"] + "/")


def test_the_folder_for_scratch_files_is_there() -> None:
    assert CONTAINER["volumeMounts"] == [{"volumeName": "tmp", "mountPath": "/tmp"}]
    assert TEMPLATE["volumes"] == [{"name": "tmp", "storageType": "EmptyDir"}]
