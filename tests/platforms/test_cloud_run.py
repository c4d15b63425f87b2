"""What Cloud Run's own description of its API says of the service, what it would notice, and what the file promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.cloud_run_schema import build_service_schema, find_unknown_annotations
from tests.platforms.containers import read_containers
from tests.platforms.manifests import CLOUD_RUN_FILE, read_document
from tests.platforms.mutants import Mutant, name_mutant, write_mutant
from tests.platforms.schemas import find_faults

SERVICE = read_document(CLOUD_RUN_FILE)
TEMPLATE = SERVICE["spec"]["template"]
MUTANTS = [
    Mutant("misspelt key", "containerConcurrency", "containerConcurency"),
    Mutant("key that Cloud Run does not support", "timeoutSeconds: 30", "enableServiceLinks: false"),
    Mutant("text for a number", "containerPort: 8000", 'containerPort: "8000"'),
    Mutant("number for a text", 'cpu: "2"', "cpu: 2"),
    Mutant("number for a text in a variable", 'value: "9000"', "value: 9000"),
    Mutant("number for a text in an annotation", 'maxScale: "20"', "maxScale: 20"),
    Mutant("named port", "port: 8000", "port: http1"),
    Mutant("probe that never fails", "failureThreshold: 3", "failureThreshold: 0"),
    Mutant("no image", "image: REGION", "images: REGION"),
    Mutant("another kind", "kind: Service", "kind: Job"),
]
ANNOTATION_MUTANTS = [
    Mutant("misspelt annotation", "/cpu-throttling", "/cpu-throtling"),
    Mutant(
        "annotation of a revision on the service", "run.googleapis.com/ingress", "run.googleapis.com/cpu-throttling"
    ),
]


def test_the_service_is_what_the_api_takes() -> None:
    assert find_faults(build_service_schema(), SERVICE) == []


def test_every_annotation_means_something_where_it_stands() -> None:
    assert find_unknown_annotations(SERVICE) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=name_mutant)
def test_a_broken_service_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    broken = read_document(write_mutant(CLOUD_RUN_FILE, tmp_path, mutant))
    assert find_faults(build_service_schema(), broken) != []


@pytest.mark.parametrize("mutant", ANNOTATION_MUTANTS, ids=name_mutant)
def test_a_wrong_annotation_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    broken = read_document(write_mutant(CLOUD_RUN_FILE, tmp_path, mutant))
    assert find_unknown_annotations(broken) == [
        mutant.instead if "." in mutant.instead else "run.googleapis.com" + mutant.instead
    ]


def test_no_request_waits_in_an_instance() -> None:
    (container,) = [each for each in read_containers() if each.platform == "cloud run"]
    settings = container.read_settings()
    assert TEMPLATE["spec"]["containerConcurrency"] == settings.web_concurrency * settings.threads


def test_two_instances_run_at_the_least() -> None:
    annotations = TEMPLATE["metadata"]["annotations"]
    scale = [int(annotations[f"autoscaling.knative.dev/{limit}"]) for limit in ("minScale", "maxScale")]
    assert 2 <= scale[0] < scale[1]


def test_the_master_can_watch_its_workers_between_requests() -> None:
    assert TEMPLATE["metadata"]["annotations"]["run.googleapis.com/cpu-throttling"] == "false"


def test_a_start_takes_no_longer_than_cloud_run_allows() -> None:
    probe = TEMPLATE["spec"]["containers"][0]["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] <= 240


def test_a_probe_that_is_a_preview_is_asked_for_as_such() -> None:
    assert SERVICE["metadata"]["annotations"]["run.googleapis.com/launch-stage"] == "BETA"


def test_all_requests_go_to_the_newest_revision_that_is_ready() -> None:
    assert SERVICE["spec"]["traffic"] == [{"latestRevision": True, "percent": 100}]


def test_the_service_has_an_account_of_its_own() -> None:
    assert TEMPLATE["spec"]["serviceAccountName"].startswith("ml-service@")
