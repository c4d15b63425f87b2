"""What the tasks on ECS may do, and who may reach them."""

from __future__ import annotations

from typing import Any

from tests.platforms.manifests import ECS_FILE, Document, find_properties, read_document

RESOURCES = read_document(ECS_FILE)["Resources"]


def list_statements() -> list[Document]:
    """Return what Fargate may do to start a task, whatever the parameters are."""
    (policy,) = find_properties("ExecutionRole")["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    return [each["If"][1] if "If" in each else each for each in statements]


def list_peers(group: str) -> list[tuple[int, Any]]:
    """Return from where a security group lets something in, and to which port."""
    rules = [each["If"][1] if "If" in each else each for each in find_properties(group)["SecurityGroupIngress"]]
    return [(rule["FromPort"], rule.get("SourceSecurityGroupId") or rule["CidrIp"]) for rule in rules]


def test_the_service_itself_has_no_role() -> None:
    assert "TaskRoleArn" not in find_properties("TaskDefinition")
    assert [name for name, each in RESOURCES.items() if each["Type"] == "AWS::IAM::Role"] == ["ExecutionRole"]


def test_only_signing_in_to_the_registry_is_allowed_for_all() -> None:
    assert [each["Action"] for each in list_statements() if each["Resource"] == "*"] == ["ecr:GetAuthorizationToken"]


def test_no_statement_allows_a_family_of_actions() -> None:
    actions = [
        action
        for each in list_statements()
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    ]
    assert [action for action in actions if "*" in action] == []


def test_only_the_secrets_that_are_named_can_be_read() -> None:
    secrets = [each["Resource"] for each in list_statements() if each["Action"] == "secretsmanager:GetSecretValue"]
    assert secrets == [{"Ref": "RegistrySecretArn"}, {"Ref": "OtlpHeadersSecretArn"}]


def test_secrets_come_from_the_secrets_manager() -> None:
    (container,) = find_properties("TaskDefinition")["ContainerDefinitions"]
    (secret,) = [each["If"][1] for each in container["Secrets"]]
    assert secret == {"Name": "OTEL_EXPORTER_OTLP_HEADERS", "ValueFrom": {"Ref": "OtlpHeadersSecretArn"}}


def test_only_the_load_balancer_and_prometheus_reach_a_task() -> None:
    sources = [(8000, {"Ref": "LoadBalancerSecurityGroup"}), (9000, {"Ref": "MonitoringSecurityGroupId"})]
    assert list_peers("TaskSecurityGroup") == sources


def test_clients_reach_the_load_balancer_by_https_alone() -> None:
    assert list_peers("LoadBalancerSecurityGroup") == [(443, {"Ref": "ClientCidr"})]
    assert find_properties("Listener")["Protocol"] == "HTTPS"


def test_tasks_have_no_public_address() -> None:
    assert find_properties("Service")["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"
