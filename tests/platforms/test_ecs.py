"""What cfn-lint says of the template for ECS, what it would notice, and what the template promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.keepalive import read_keepalive_seconds
from tests.platforms.manifests import ECS_FILE, Document, find_properties, read_attributes, read_document
from tests.platforms.mutants import Mutant, name_mutant, write_mutant
from tests.platforms.programs import CFN_LINT, run_validator

MUTANTS = [
    Mutant("misspelt property", "HealthCheckPath:", "HealthCheckPaths:"),
    Mutant("misspelt type", "Type: AWS::ECS::Service", "Type: AWS::ECS::Services"),
    Mutant("text for a number", "StopTimeout: 40", "StopTimeout: soon"),
    Mutant("required property that is missing", "            LogDriver: awslogs\n", ""),
    Mutant("protocol that there is not", "      Protocol: HTTPS\n", "      Protocol: HTTPZ\n"),
    Mutant("size that Fargate has not", 'Memory: "4096"', 'Memory: "1024"'),
    Mutant("reference to nothing", "!Ref TaskSecurityGroup", "!Ref TasksSecurityGroup"),
    Mutant("parameter that nobody uses", "Image: !Ref Image", "Image: registry.example.com/ml-service:latest"),
    Mutant("value that is not allowed", "AssignPublicIp: DISABLED", "AssignPublicIp: NO"),
]


def lint(path: Path) -> tuple[int, str]:
    return run_validator(CFN_LINT, "--include-checks", "I", "--", path)


def find_container() -> Document:
    container: Document = find_properties("TaskDefinition")["ContainerDefinitions"][0]
    return container


def test_the_template_is_clean() -> None:
    assert lint(ECS_FILE) == (0, "")


@pytest.mark.parametrize("mutant", MUTANTS, ids=name_mutant)
def test_a_broken_template_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    status, printed = lint(write_mutant(ECS_FILE, tmp_path, mutant))
    assert status != 0, printed


def test_a_rollout_takes_no_task_away_before_its_successor_serves() -> None:
    deployment = find_properties("Service")["DeploymentConfiguration"]
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (100, 200)


@pytest.mark.parametrize("guard", ["DeploymentCircuitBreaker", "Alarms"])
def test_a_bad_release_goes_back_by_itself(guard: str) -> None:
    settings = find_properties("Service")["DeploymentConfiguration"][guard]
    assert (settings["Enable"], settings["Rollback"]) == (True, True)


def test_the_autoscaling_alone_counts_the_tasks() -> None:
    assert "DesiredCount" not in find_properties("Service")


def test_two_tasks_run_at_the_least() -> None:
    least = read_document(ECS_FILE)["Parameters"]["MinTasks"]
    assert (least["Default"], least["MinValue"]) == (2, 2)


def test_the_balancer_closes_idle_connections_before_the_service_does() -> None:
    attributes = read_attributes(find_properties("LoadBalancer")["LoadBalancerAttributes"])
    assert int(attributes["idle_timeout.timeout_seconds"]) < read_keepalive_seconds()


def test_a_task_that_goes_is_left_alone_until_its_requests_are_answered() -> None:
    attributes = read_attributes(find_properties("TargetGroup")["TargetGroupAttributes"])
    environment = {each["Name"]: each["Value"] for each in find_container()["Environment"] if "Name" in each}
    delay_seconds = int(attributes["deregistration_delay.timeout_seconds"])
    assert delay_seconds >= int(environment["GRACEFUL_TIMEOUT_SECONDS"])


def test_requests_go_where_the_container_listens() -> None:
    ports = {port["Name"]: port["ContainerPort"] for port in find_container()["PortMappings"]}
    (balancer,) = find_properties("Service")["LoadBalancers"]
    assert balancer["ContainerPort"] == find_properties("TargetGroup")["Port"] == ports["http"]


def test_the_container_has_no_root_no_rights_and_writes_nothing() -> None:
    container = find_container()
    assert (container["User"], container["ReadonlyRootFilesystem"]) == ("10001:10001", True)
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}


def test_the_log_is_kept_for_a_month_and_waited_for_by_nobody() -> None:
    options = find_container()["LogConfiguration"]["Options"]
    assert (find_properties("LogGroup")["RetentionInDays"], options["mode"]) == (30, "non-blocking")
