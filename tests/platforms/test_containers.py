"""What every platform must be told alike, so that the service starts, is watched, and ends without losing a request."""

from __future__ import annotations

import re

import pytest

from app.settings import Settings
from tests.platforms.containers import Container, read_containers
from tests.platforms.sizes import compute_needed_bytes

CONTAINERS = read_containers()
PINNED = re.compile(r"[a-zA-Z0-9.-]+(/[a-zA-Z0-9-]+)*/ml-service@sha256:0{64}")
DIGEST = "0123456789abcdef" * 4
# How long the model may take to load on a machine that is busy.
START_SECONDS = 60
# After its requests a worker still writes its log and sends its spans.
TIDYING_SECONDS = 2


def name_platform(container: Container) -> str:
    return container.platform


every_platform = pytest.mark.parametrize("container", CONTAINERS, ids=name_platform)
with_probes = pytest.mark.parametrize(
    "container", [each for each in CONTAINERS if len(each.probes) > 1], ids=name_platform
)


def test_knows_all_platforms() -> None:
    platforms = ["kubernetes staging", "kubernetes production", "ecs", "cloud run", "container apps"]
    assert [container.platform for container in CONTAINERS] == platforms


@with_probes
def test_takes_the_image_by_a_digest_that_is_to_be_put_there(container: Container) -> None:
    assert PINNED.fullmatch(container.image)


@pytest.mark.parametrize(
    ("image", "is_taken"),
    [
        (f"registry.example.com/ml-service@sha256:{DIGEST}", True),
        ("registry.example.com/ml-service:latest", False),
        (f"registry.example.com/ml-service@sha256:{DIGEST[1:]}", False),
    ],
)
def test_the_template_takes_an_image_by_its_digest_alone(image: str, is_taken: bool) -> None:
    (container,) = [each for each in CONTAINERS if each.platform == "ecs"]
    assert (re.fullmatch(container.image, image) is not None) == is_taken


@every_platform
def test_sets_only_what_the_service_reads(container: Container) -> None:
    known = {name.upper() for name in Settings.__dataclass_fields__}
    assert container.environment.keys() - known == set()


@every_platform
def test_the_service_accepts_its_settings(container: Container) -> None:
    settings = container.read_settings()
    assert (settings.port, settings.metrics_port, settings.log_format) == (8000, 9000, "json")


@every_platform
def test_asks_for_readiness_before_it_sends_requests(container: Container) -> None:
    probe = container.probes["readiness"]
    assert (probe.path, probe.port) == ("/ready", container.port)


@with_probes
def test_a_start_is_over_once_the_model_is_ready(container: Container) -> None:
    probe = container.probes["startup"]
    assert (probe.path, probe.port) == ("/ready", container.port)


@with_probes
def test_gives_the_model_time_to_load(container: Container) -> None:
    probe = container.probes["startup"]
    assert probe.period_seconds * probe.failures >= START_SECONDS


@with_probes
def test_restarts_what_does_not_answer_at_all(container: Container) -> None:
    probe = container.probes["liveness"]
    assert (probe.path, probe.port) == ("/health", container.port)


@with_probes
def test_stops_sending_requests_long_before_it_restarts(container: Container) -> None:
    readiness, liveness = container.probes["readiness"], container.probes["liveness"]
    assert 2 * readiness.period_seconds * readiness.failures <= liveness.period_seconds * liveness.failures


@every_platform
def test_no_probe_overtakes_the_one_before(container: Container) -> None:
    assert [kind for kind, probe in container.probes.items() if probe.timeout_seconds > probe.period_seconds] == []


@every_platform
def test_requests_in_flight_are_answered_before_the_platform_kills(container: Container) -> None:
    assert container.read_settings().graceful_timeout_seconds + TIDYING_SECONDS <= container.grace_seconds


@every_platform
def test_has_a_core_for_each_worker(container: Container) -> None:
    assert container.read_settings().web_concurrency == container.cpus


@every_platform
def test_has_memory_for_its_workers(container: Container) -> None:
    assert compute_needed_bytes(container.read_settings().web_concurrency) <= container.memory_bytes
