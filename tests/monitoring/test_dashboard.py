"""The dashboard's file is sound: Grafana itself is not at hand to say so."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from tests.monitoring.dashboard import Panel, list_panels, list_variable_queries, read_dashboard
from tests.monitoring.rules import list_recorded, read_yaml
from tests.support.running_server import ROOT

GRAFANA = ROOT / "docker" / "grafana" / "provisioning"
N_COLUMNS = 24
PANELS = list_panels()
SHOWING = [panel for panel in PANELS if panel.kind != "row"]


def overlap(one: Panel, other: Panel) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def name_panel(panel: Panel) -> str:
    return panel.title


def test_begins_with_what_users_feel() -> None:
    assert [panel.title for panel in PANELS if panel.kind == "row"] == ["What users feel", "The model", "The workers"]


def test_every_panel_has_an_id_and_a_title_of_its_own() -> None:
    assert len({panel.id for panel in PANELS}) == len(PANELS)
    assert len({panel.title for panel in PANELS}) == len(PANELS)


def test_no_panels_overlap() -> None:
    assert [(one.title, other.title) for one, other in combinations(PANELS, 2) if overlap(one, other)] == []


def test_the_grid_has_no_gaps() -> None:
    area = sum(panel.width * panel.height for panel in PANELS if panel.kind != "row")
    n_rows = max(panel.y + panel.height for panel in PANELS) - sum(panel.kind == "row" for panel in PANELS)
    assert area == N_COLUMNS * n_rows
    assert max(panel.x + panel.width for panel in PANELS) == N_COLUMNS


@pytest.mark.parametrize("panel", SHOWING, ids=name_panel)
def test_a_panel_says_how_to_read_it_and_in_which_unit(panel: Panel) -> None:
    assert panel.description.endswith(".")
    assert panel.unit


@pytest.mark.parametrize("panel", SHOWING, ids=name_panel)
def test_a_panel_of_several_series_names_them(panel: Panel) -> None:
    assert panel.targets
    assert panel.kind == "stat" or all(target.legend for target in panel.targets)


@pytest.mark.parametrize("panel", SHOWING, ids=name_panel)
def test_a_panel_asks_for_the_chosen_job_alone(panel: Panel) -> None:
    for target in panel.targets:
        selectors = target.expression.count("{")
        assert selectors == target.expression.count('job="$job"')


def test_asks_the_data_source_that_the_reader_chose() -> None:
    sources: list[dict[str, Any]] = [panel["datasource"] for panel in read_dashboard()["panels"] if "targets" in panel]
    assert {source["uid"] for source in sources if source} == {"${datasource}"}


def test_lets_the_reader_choose_the_source_the_job_and_the_instance() -> None:
    names = [variable["name"] for variable in read_dashboard()["templating"]["list"]]
    assert names == ["datasource", "job", "instance"]
    assert [label for _, label in list_variable_queries()] == ["job", "instance"]


def test_its_recorded_series_are_those_of_the_rules() -> None:
    text = str(read_dashboard())
    assert all(name in text for name in list_recorded() if name.endswith("30d"))


def test_is_provisioned_with_the_default_data_source() -> None:
    (source,) = read_yaml(GRAFANA / "datasources" / "prometheus.yml")["datasources"]
    (provider,) = read_yaml(GRAFANA / "dashboards" / "dashboards.yml")["providers"]
    assert (source["type"], source["isDefault"], provider["type"]) == ("prometheus", True, "file")
    assert source["uid"] == read_dashboard()["templating"]["list"][0]["current"]["value"]


def test_the_data_source_knows_how_often_prometheus_asks() -> None:
    (source,) = read_yaml(GRAFANA / "datasources" / "prometheus.yml")["datasources"]
    prometheus = read_yaml(ROOT / "docker" / "prometheus" / "prometheus.yml")
    assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]
