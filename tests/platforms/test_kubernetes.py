"""What the manifests promise: rollouts and drains that drop nothing, few rights, and parts that fit together."""

from __future__ import annotations

import pytest
import yaml

from tests.platforms.manifests import OVERLAYS, Document, build_overlay, find_pod, find_resource

LABELS = {"app.kubernetes.io/name": "ml-service"}

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


def find_container(overlay: str) -> Document:
    container: Document = find_pod(overlay)["containers"][0]
    return container


@every_overlay
def test_a_rollout_takes_no_pod_away_before_its_successor_serves(overlay: str) -> None:
    strategy = find_resource(overlay, "Deployment")["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


@every_overlay
def test_a_pod_serves_on_while_proxies_learn_that_it_goes(overlay: str) -> None:
    assert find_container(overlay)["lifecycle"]["preStop"]["sleep"]["seconds"] >= 5


@every_overlay
def test_a_rollout_fails_only_after_a_pod_had_its_time_to_start(overlay: str) -> None:
    deployment, probe = find_resource(overlay, "Deployment")["spec"], find_container(overlay)["startupProbe"]
    needed_seconds = probe["periodSeconds"] * probe["failureThreshold"] + deployment["minReadySeconds"]
    assert deployment["progressDeadlineSeconds"] > needed_seconds


@every_overlay
def test_a_rollout_can_be_undone(overlay: str) -> None:
    assert find_resource(overlay, "Deployment")["spec"]["revisionHistoryLimit"] >= 2


@every_overlay
def test_the_autoscaler_alone_counts_the_pods(overlay: str) -> None:
    assert "replicas" not in find_resource(overlay, "Deployment")["spec"]


@every_overlay
def test_the_autoscaler_scales_this_deployment(overlay: str) -> None:
    deployment = find_resource(overlay, "Deployment")
    target = find_resource(overlay, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert target == {key: deployment[key] for key in ("apiVersion", "kind")} | {"name": deployment["metadata"]["name"]}


@every_overlay
def test_scales_down_only_after_the_load_has_gone_for_good(overlay: str) -> None:
    behavior = find_resource(overlay, "HorizontalPodAutoscaler")["spec"]["behavior"]
    assert (
        behavior["scaleDown"]["stabilizationWindowSeconds"] >= 300 > behavior["scaleUp"]["stabilizationWindowSeconds"]
    )


@every_overlay
def test_a_node_can_be_drained_and_a_pod_is_left(overlay: str) -> None:
    replicas = find_resource(overlay, "HorizontalPodAutoscaler")["spec"]["minReplicas"]
    assert 1 <= find_resource(overlay, "PodDisruptionBudget")["spec"]["minAvailable"] < replicas


@every_overlay
def test_pods_are_spread_over_zones_and_nodes(overlay: str) -> None:
    constraints = find_pod(overlay)["topologySpreadConstraints"]
    assert [each["topologyKey"] for each in constraints] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]


@every_overlay
def test_everything_selects_these_pods(overlay: str) -> None:
    assert LABELS.items() <= find_resource(overlay, "Deployment")["spec"]["template"]["metadata"]["labels"].items()
    selectors = [
        find_resource(overlay, "Deployment")["spec"]["selector"]["matchLabels"],
        find_resource(overlay, "Service")["spec"]["selector"],
        find_resource(overlay, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        find_resource(overlay, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        *(each["labelSelector"]["matchLabels"] for each in find_pod(overlay)["topologySpreadConstraints"]),
    ]
    assert selectors == [LABELS] * len(selectors)


@every_overlay
def test_a_changed_setting_is_rolled_out(overlay: str) -> None:
    name = find_resource(overlay, "ConfigMap")["metadata"]["name"]
    assert (name != "ml-service-settings", find_container(overlay)["envFrom"]) == (
        True,
        [{"configMapRef": {"name": name}}],
    )


@every_overlay
def test_the_container_listens_where_its_settings_say(overlay: str) -> None:
    ports = {port["name"]: port["containerPort"] for port in find_container(overlay)["ports"]}
    assert ports == {"http": 8000, "metrics": int(find_resource(overlay, "ConfigMap")["data"]["METRICS_PORT"])}


@every_overlay
def test_the_service_does_not_show_metrics(overlay: str) -> None:
    assert [port["targetPort"] for port in find_resource(overlay, "Service")["spec"]["ports"]] == ["http"]


def test_overlays_have_namespaces_of_their_own() -> None:
    names = [
        {
            each["metadata"].get("namespace", each["metadata"]["name"])
            for each in yaml.safe_load_all(build_overlay(overlay))
        }
        for overlay in OVERLAYS
    ]
    assert names == [{"ml-service-staging"}, {"ml-service"}]
