"""What the pods may do, and who may reach them: as little as the service needs."""

from __future__ import annotations

import pytest

from tests.platforms.manifests import OVERLAYS, Document, find_pod, find_resource

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


def find_container(overlay: str) -> Document:
    container: Document = find_pod(overlay)["containers"][0]
    return container


@every_overlay
def test_nothing_runs_as_root(overlay: str) -> None:
    context = find_pod(overlay)["securityContext"]
    assert (context["runAsNonRoot"], context["runAsUser"], context["runAsGroup"]) == (True, 10001, 10001)


@every_overlay
def test_the_container_gains_no_rights_and_writes_nothing(overlay: str) -> None:
    assert find_container(overlay)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@every_overlay
def test_the_kernel_refuses_unusual_calls(overlay: str) -> None:
    assert find_pod(overlay)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


@every_overlay
def test_only_a_small_folder_in_memory_is_writable(overlay: str) -> None:
    assert find_container(overlay)["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert find_pod(overlay)["volumes"] == [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}]


@every_overlay
def test_pods_cannot_speak_to_the_cluster(overlay: str) -> None:
    account = find_resource(overlay, "ServiceAccount")
    assert find_pod(overlay)["serviceAccountName"] == account["metadata"]["name"]
    assert [each["automountServiceAccountToken"] for each in (find_pod(overlay), account)] == [False, False]


@every_overlay
def test_other_services_set_no_variables(overlay: str) -> None:
    assert find_pod(overlay)["enableServiceLinks"] is False


@every_overlay
def test_the_cluster_refuses_pods_with_more_rights(overlay: str) -> None:
    labels = find_resource(overlay, "Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@every_overlay
def test_memory_is_limited_to_what_is_asked_for_and_cores_are_not(overlay: str) -> None:
    resources = find_container(overlay)["resources"]
    assert resources["limits"] == {"memory": resources["requests"]["memory"]}


@every_overlay
def test_only_the_ingress_controller_and_prometheus_come_in(overlay: str) -> None:
    rules = find_resource(overlay, "NetworkPolicy")["spec"]["ingress"]
    allowed = [
        (peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], port["port"])
        for rule in rules
        for peer in rule["from"]
        for port in rule["ports"]
    ]
    assert allowed == [("ingress-nginx", "http"), ("monitoring", "metrics")]


@every_overlay
def test_only_questions_for_names_go_out(overlay: str) -> None:
    policy = find_resource(overlay, "NetworkPolicy")["spec"]
    (rule,) = policy["egress"]
    ports = {(port["protocol"], port["port"]) for port in rule["ports"]}
    assert (policy["policyTypes"], ports) == (["Ingress", "Egress"], {("UDP", 53), ("TCP", 53)})
    assert [set(peer) for peer in rule["to"]] == [{"namespaceSelector", "podSelector"}]
