"""What goes wrong with the real server is told to somebody, and what the dashboard asks for is there."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.server.control import reload_server
from tests.conftest import EXAMPLE_VERSION
from tests.monitoring.dashboard import fill_in, list_panels, list_variable_queries, read_dashboard
from tests.monitoring.rules import find_names, list_recorded, list_rules
from tests.monitoring.traffic import traffic_at
from tests.monitoring.watched_server import WatchedServer, watch_server
from tests.support.broken_artifacts import flip_bit
from tests.support.processes import is_running
from tests.support.running_server import DEADLINE_SECONDS, ROOT, wait_until
from training.dataset import Dataset

EXPRESSIONS = sorted({target.expression for panel in list_panels() for target in panel.targets})
SHIFTED_FEATURE = 3
DOCUMENTATION = ROOT / "docs" / "monitoring.md"
FROM_500_INSTANCES_ON = {"model_feature_psi", "model_prediction_psi", "model_drifted_features"}


@pytest.fixture(scope="module")
def watched(example_artifact_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedServer]:
    """Run a server that is watched, for all tests that leave it alive."""
    with watch_server(example_artifact_dir, tmp_path_factory.mktemp("watched")) as running:
        yield running


@pytest.fixture(scope="module")
def busy(watched: WatchedServer, example_dataset: Dataset) -> Iterator[WatchedServer]:
    """Run a server that is watched while it is asked for predictions, of which one feature is out of every range."""
    with traffic_at(watched.server.url, example_dataset.X) as traffic:
        traffic.shift = (SHIFTED_FEATURE, 100.0)
        yield watched


def test_a_killed_service_pages(example_artifact_dir: Path, tmp_path: Path) -> None:
    with watch_server(example_artifact_dir, tmp_path) as watched:
        watched.server.stop(signal.SIGKILL)
        receiver, alert = watched.wait_for("ServiceDown")
        assert (receiver, alert["labels"]["severity"]) == ("pager", "page")
        assert alert["annotations"]["summary"] == f"127.0.0.1:{watched.server.port} does not answer"


def test_a_broken_artifact_that_is_not_taken_over_makes_a_ticket(watched: WatchedServer) -> None:
    flip_bit(watched.artifact_dir / EXAMPLE_VERSION)
    outcome = reload_server(f"127.0.0.1:{watched.server.port}", DEADLINE_SECONDS)
    receiver, alert = watched.wait_for("ReloadRefused")
    assert (receiver, outcome.refusal is not None) == ("tickets", True)
    assert alert["annotations"]["summary"] == f"127.0.0.1:{watched.server.port} refused the last reload"


def test_a_shifted_feature_makes_a_ticket(watched: WatchedServer, example_dataset: Dataset) -> None:
    X = example_dataset.X.copy()
    X[:, SHIFTED_FEATURE] *= 100.0
    for rows in (X[:400], X[:400]):
        answer = requests.post(
            f"{watched.server.url}/predict/batch", json={"instances": rows.tolist()}, timeout=DEADLINE_SECONDS
        )
        assert answer.status_code == 200
    receiver, alert = watched.wait_for("InputDrift")
    assert (receiver, alert["labels"]["severity"]) == ("tickets", "ticket")


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_panel_gets_what_it_asks_for(busy: WatchedServer, expression: str) -> None:
    # What is asked of other tasks is asked of the classifier that is watched.
    asked = re.sub('task="[a-z]+"', 'task="classification"', fill_in(expression)).replace('label="-1"', 'label="1"')
    wait_until(lambda: busy.prometheus.query(asked) != [], expression)


@pytest.mark.parametrize(("expression", "label"), list_variable_queries())
def test_a_variable_has_values(busy: WatchedServer, expression: str, label: str) -> None:
    assert all(series["metric"][label] for series in busy.prometheus.query(expression))
    assert busy.prometheus.query(expression)


@pytest.mark.parametrize(
    "annotation", read_dashboard()["annotations"]["list"], ids=lambda annotation: annotation["name"]
)
def test_an_annotation_is_understood(busy: WatchedServer, annotation: dict[str, str]) -> None:
    busy.prometheus.query(fill_in(annotation["expr"]))
    assert "$" not in fill_in(annotation["expr"])


def test_every_series_in_a_rule_or_a_panel_is_one_that_the_service_exports(busy: WatchedServer) -> None:
    asked = {name for rule in list_rules() for name in find_names(rule["expr"])}
    asked |= {name for expression in EXPRESSIONS for name in find_names(fill_in(expression))}
    asked |= {name for note in read_dashboard()["annotations"]["list"] for name in find_names(fill_in(note["expr"]))}
    wait_until(lambda: busy.prometheus.query("model_drifted_features") != [], "enough instances to tell of drift")
    exported = set(busy.prometheus.ask("label/__name__/values"))
    assert asked - list_recorded() - {"up", "ALERTS"} - exported == set()


def test_the_documentation_lists_just_what_the_service_exports(watched: WatchedServer) -> None:
    rows = re.findall(r"^\| (`.+?`) \|", DOCUMENTATION.read_text(), flags=re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"\w+", row)}
    text = requests.get(f"{watched.server.url}/metrics", timeout=DEADLINE_SECONDS).text
    exported = set(re.findall(r"^# TYPE (\w+) ", text, flags=re.MULTILINE))
    assert (exported - documented, documented - exported - FROM_500_INSTANCES_ON) == (set(), set())


def test_every_rule_is_evaluated_without_a_fault(busy: WatchedServer) -> None:
    groups = busy.prometheus.ask("rules")["groups"]
    assert [rule["lastError"] for group in groups for rule in group["rules"] if rule.get("lastError")] == []


def test_leaves_no_process_behind(example_artifact_dir: Path, tmp_path: Path) -> None:
    own = Path("/proc/thread-self/children")
    before = set(own.read_text().split())
    with pytest.raises(ZeroDivisionError), watch_server(example_artifact_dir, tmp_path):
        started = set(own.read_text().split()) - before
        assert len(started) == 3
        raise ZeroDivisionError
    assert [process for process in started if is_running(int(process))] == []
