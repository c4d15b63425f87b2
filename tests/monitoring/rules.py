"""Reads what Prometheus and Alertmanager are told: their configuration, the rules and the rules' tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.support.running_server import ROOT

PROMETHEUS_FOLDER = ROOT / "docker" / "prometheus"
ALERTMANAGER_FILE = ROOT / "docker" / "alertmanager" / "alertmanager.yml"
RULE_FILES = ("recording.yml", "alerts.yml")
TEST_FILE = "alerts_test.yml"

_LABELS_AND_RANGES = re.compile(
    r"\{[^{}]*\}|\[[^\[\]]*\]|\"[^\"]*\"|\b(?:by|without|on|ignoring|group_left)\s*\([^()]*\)"
)
_OPERATORS = {"and", "or", "unless", "offset", "bool"}
# A duration, such as that of an offset, begins with a digit.
_NAME = re.compile(r"(?<![\w:])[a-zA-Z_:][\w:]*(?!\s*\()\b(?![\w:])")


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.safe_load(path.read_text())


def list_rules(folder: Path = PROMETHEUS_FOLDER) -> list[dict[str, Any]]:
    """Return all rules, those that record first."""
    groups = [group for name in RULE_FILES for group in read_yaml(folder / name)["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def list_alerts(folder: Path = PROMETHEUS_FOLDER) -> list[dict[str, Any]]:
    """Return the rules that alert."""
    return [rule for rule in list_rules(folder) if "alert" in rule]


def list_recorded(folder: Path = PROMETHEUS_FOLDER) -> set[str]:
    """Return the names of the series that the rules record."""
    return {rule["record"] for rule in list_rules(folder) if "record" in rule}


def find_names(expression: str) -> set[str]:
    """Return the names of the series that a PromQL expression asks for."""
    bare = _LABELS_AND_RANGES.sub(" ", expression)
    names = {match.group() for match in _NAME.finditer(bare)}
    return names - _OPERATORS


def find_selectors(expression: str) -> list[tuple[str, str]]:
    """Return each name that a PromQL expression asks for with the label matchers behind it, in their order."""
    recorded = r"(?<![\w:])([a-zA-Z_][\w:]*)\{([^{}]*)\}"
    return re.findall(recorded, expression)
