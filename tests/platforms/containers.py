"""What each platform is told of the service's container, in the same words for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.settings import Settings
from tests.platforms.manifests import (
    CLOUD_RUN_FILE,
    CONTAINER_APPS_FILE,
    ECS_FILE,
    OVERLAYS,
    Document,
    find_pod,
    find_properties,
    find_resource,
    read_document,
)
from tests.platforms.sizes import parse_bytes

# Cloud Run has no setting for it.
_CLOUD_RUN_GRACE_SECONDS = 10
_PROBES = {"startup": "startupProbe", "readiness": "readinessProbe", "liveness": "livenessProbe"}


@dataclass(frozen=True)
class Probe:
    """A question that the platform asks the container again and again."""

    path: str
    port: int
    period_seconds: int
    timeout_seconds: int
    failures: int


@dataclass(frozen=True)
class Container:
    """The service's container on one platform."""

    platform: str
    image: str
    environment: dict[str, str]
    port: int
    """Where the platform sends requests."""
    probes: dict[str, Probe]
    cpus: float
    memory_bytes: int
    """What is left for processes once all files that may be written to memory have been."""
    grace_seconds: int
    """The time from SIGTERM to SIGKILL."""

    def read_settings(self) -> Settings:
        """Return the service's settings in this container."""
        return Settings.from_env({"HOST": "0.0.0.0", "PORT": str(self.port), **self.environment})


def read_containers() -> list[Container]:
    """Return the container of every platform."""
    overlays = [_read_kubernetes(name) for name in OVERLAYS]
    return [*overlays, _read_ecs(), _read_cloud_run(), _read_container_apps()]


def _read_kubernetes(overlay: str) -> Container:
    pod = find_pod(overlay)
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    return Container(
        platform=f"kubernetes {overlay}",
        image=container["image"],
        environment=find_resource(overlay, "ConfigMap")["data"],
        port=ports["http"],
        probes={kind: _read_probe(container[key], ports) for kind, key in _PROBES.items()},
        cpus=float(container["resources"]["requests"]["cpu"]),
        memory_bytes=parse_bytes(container["resources"]["limits"]["memory"])
        - sum(parse_bytes(volume["emptyDir"]["sizeLimit"]) for volume in pod["volumes"]),
        grace_seconds=pod["terminationGracePeriodSeconds"] - container["lifecycle"]["preStop"]["sleep"]["seconds"],
    )


def _read_ecs() -> Container:
    task, target = find_properties("TaskDefinition"), find_properties("TargetGroup")
    (container,) = task["ContainerDefinitions"]
    health_check = Probe(
        target["HealthCheckPath"],
        target["Port"],
        target["HealthCheckIntervalSeconds"],
        target["HealthCheckTimeoutSeconds"],
        target["UnhealthyThresholdCount"],
    )
    return Container(
        platform="ecs",
        image=read_document(ECS_FILE)["Parameters"]["Image"]["AllowedPattern"],
        environment={each["Name"]: each["Value"] for each in container["Environment"] if "Name" in each},
        port=target["Port"],
        probes={"readiness": health_check},
        cpus=int(task["Cpu"]) / 1024,
        memory_bytes=parse_bytes(f"{task['Memory']}Mi"),
        grace_seconds=container["StopTimeout"],
    )


def _read_cloud_run() -> Container:
    (container,) = read_document(CLOUD_RUN_FILE)["spec"]["template"]["spec"]["containers"]
    return Container(
        platform="cloud run",
        image=container["image"],
        environment=_read_environment(container),
        port=container["ports"][0]["containerPort"],
        probes={kind: _read_probe(container[key], {}) for kind, key in _PROBES.items()},
        cpus=float(container["resources"]["limits"]["cpu"]),
        memory_bytes=parse_bytes(container["resources"]["limits"]["memory"]),
        grace_seconds=_CLOUD_RUN_GRACE_SECONDS,
    )


def _read_container_apps() -> Container:
    properties = read_document(CONTAINER_APPS_FILE)["properties"]
    (container,) = properties["template"]["containers"]
    return Container(
        platform="container apps",
        image=container["image"],
        environment=_read_environment(container),
        port=properties["configuration"]["ingress"]["targetPort"],
        probes={probe["type"].lower(): _read_probe(probe, {}) for probe in container["probes"]},
        cpus=container["resources"]["cpu"],
        memory_bytes=parse_bytes(container["resources"]["memory"]),
        grace_seconds=properties["template"]["terminationGracePeriodSeconds"],
    )


def _read_environment(container: Document) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container["env"]}


def _read_probe(probe: Document, ports: dict[str, int]) -> Probe:
    request: Any = probe["httpGet"]
    return Probe(
        path=request["path"],
        port=ports.get(request["port"], request["port"]),
        period_seconds=probe["periodSeconds"],
        timeout_seconds=probe["timeoutSeconds"],
        failures=probe["failureThreshold"],
    )
