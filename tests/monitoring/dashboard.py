"""Reads the Grafana dashboard: its panels, and what each asks Prometheus."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.support.running_server import ROOT

DASHBOARD_FILE = ROOT / "docker" / "grafana" / "dashboards" / "ml-service.json"
RATE_INTERVAL = "10s"

_LABEL_VALUES = re.compile(r"label_values\((.+), *(\w+)\)")


@dataclass(frozen=True)
class Target:
    """One query of a panel."""

    expression: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """A panel of the dashboard, a row's title included."""

    id: int
    kind: str
    title: str
    description: str
    unit: str
    """The unit of the panel's values, by Grafana's name for it."""
    x: int
    y: int
    width: int
    height: int
    targets: tuple[Target, ...]


def read_dashboard() -> dict[str, Any]:
    """Return the dashboard's document."""
    document: dict[str, Any] = json.loads(DASHBOARD_FILE.read_text())
    return document


def list_panels() -> list[Panel]:
    """Return the panels in their order, the rows' titles included."""
    return [_parse_panel(panel) for panel in read_dashboard()["panels"]]


def fill_in(expression: str) -> str:
    """Return a PromQL expression with values for what Grafana replaces."""
    for name, value in {"$__rate_interval": RATE_INTERVAL, "$job": "ml-service", "$instance": ".*"}.items():
        expression = expression.replace(name, value)
    return expression


def list_variable_queries() -> list[tuple[str, str]]:
    """Return the expression and the label behind each variable that Prometheus is asked for."""
    variables = read_dashboard()["templating"]["list"]
    queries = [variable["query"]["query"] for variable in variables if variable["type"] == "query"]
    matches = [_LABEL_VALUES.fullmatch(query) for query in queries]
    return [(fill_in(match[1]), match[2]) for match in matches if match]


def _parse_panel(panel: dict[str, Any]) -> Panel:
    place = panel["gridPos"]
    targets = [Target(target["expr"], target.get("legendFormat", "")) for target in panel.get("targets", [])]
    return Panel(
        id=panel["id"],
        kind=panel["type"],
        title=panel["title"],
        description=panel.get("description", ""),
        unit=panel.get("fieldConfig", {}).get("defaults", {}).get("unit", ""),
        x=place["x"],
        y=place["y"],
        width=place["w"],
        height=place["h"],
        targets=tuple(targets),
    )
