"""Reads the files in docker/deploy, and has the real kustomize build the overlays."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.platforms.programs import KUBECTL, run_validator
from tests.support.running_server import ROOT

Document = dict[str, Any]

DEPLOY = ROOT / "docker" / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
BASE = KUBERNETES / "base"
ECS_FILE = DEPLOY / "ecs" / "service.yml"
CLOUD_RUN_FILE = DEPLOY / "cloud-run" / "service.yml"
CONTAINER_APPS_FILE = DEPLOY / "container-apps" / "app.yml"
OVERLAYS = ("staging", "production")


class TemplateLoader(yaml.SafeLoader):
    """Reads a template of CloudFormation: `!Ref Name` as `{"Ref": "Name"}`, and every other function alike."""


def _construct_function(loader: TemplateLoader, name: str, node: yaml.Node) -> Document:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    assert isinstance(node, yaml.SequenceNode)
    return {name: loader.construct_sequence(node, deep=True)}


TemplateLoader.add_multi_constructor("!", _construct_function)


def read_document(path: Path) -> Document:
    """Return the one document that a file holds."""
    document: Document = yaml.load(path.read_text(), Loader=TemplateLoader)
    return document


@cache
def build_overlay(name: str) -> str:
    """Return what kustomize makes of an overlay."""
    status, printed = run_validator(KUBECTL, "kustomize", KUBERNETES / "overlays" / name)
    assert status == 0, printed
    return printed


def find_resource(overlay: str, kind: str) -> Document:
    """Return the resource of that kind, of which there must be just one in the overlay."""
    (resource,) = [each for each in yaml.safe_load_all(build_overlay(overlay)) if each["kind"] == kind]
    found: Document = resource
    return found


def find_pod(overlay: str) -> Document:
    """Return the specification of the pods."""
    pod: Document = find_resource(overlay, "Deployment")["spec"]["template"]["spec"]
    return pod


def find_properties(name: str) -> Document:
    """Return the properties of a resource of the CloudFormation template."""
    properties: Document = read_document(ECS_FILE)["Resources"][name]["Properties"]
    return properties


def read_attributes(pairs: list[Document]) -> dict[str, str]:
    """Return what a load balancer or a target group has for each key."""
    return {pair["Key"]: pair["Value"] for pair in pairs}
