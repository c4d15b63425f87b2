"""What promtool and amtool say of the configuration, and that the rules' tests would notice a wrong rule."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.monitoring.rule_mutants import MUTANTS
from tests.monitoring.rules import (
    ALERTMANAGER_FILE,
    PROMETHEUS_FOLDER,
    RULE_FILES,
    TEST_FILE,
    find_names,
    list_alerts,
    list_recorded,
    list_rules,
    read_yaml,
)
from tests.support.depth import repeats
from tools.prometheus import AMTOOL, PROMTOOL, find_program

TESTS = read_yaml(PROMETHEUS_FOLDER / TEST_FILE)
ALERTS = {alert["alert"]: alert for alert in list_alerts()}
TIMEOUT_SECONDS = 240


def run(names: tuple[str, ...], *arguments: str | Path) -> tuple[int, str]:
    """Run a program and return its exit status with all that it printed."""
    ended = subprocess.run(
        [find_program(names), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    return ended.returncode, ended.stdout


def run_one(folder: Path, name: str) -> tuple[int, str]:
    """Run one of the rules' tests on the rules in `folder`."""
    tests = [test for test in TESTS["tests"] if test["name"] == name]
    assert len(tests) == 1, name
    (folder / TEST_FILE).write_text(yaml.safe_dump({**TESTS, "tests": tests}))
    return run(PROMTOOL, "test", "rules", folder / TEST_FILE)


@pytest.fixture
def rules_folder(tmp_path: Path) -> Path:
    """Return a folder with a copy of the rules."""
    for name in RULE_FILES:
        shutil.copy(PROMETHEUS_FOLDER / name, tmp_path)
    return tmp_path


def test_promtool_accepts_the_configuration() -> None:
    status, printed = run(PROMTOOL, "check", "config", "--lint-fatal", PROMETHEUS_FOLDER / "prometheus.yml")
    assert (status, "FAILED" in printed) == (0, False), printed


def test_amtool_accepts_the_configuration() -> None:
    status, printed = run(AMTOOL, "check-config", ALERTMANAGER_FILE)
    assert status == 0, printed


def test_every_alert_fires_when_it_must_and_only_then() -> None:
    status, printed = run(PROMTOOL, "test", "rules", PROMETHEUS_FOLDER / TEST_FILE)
    assert status == 0, printed


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_seen_to_fire(alert: str) -> None:
    expected = [
        sample for test in TESTS["tests"] for check in test["promql_expr_test"] for sample in check["exp_samples"]
    ]
    severity = ALERTS[alert]["labels"]["severity"]
    assert any(
        f'alertname="{alert}"' in each["labels"] and f'severity="{severity}"' in each["labels"] for each in expected
    )


@pytest.mark.parametrize(("there", "mutant", "test"), MUTANTS[:: repeats(6, 1)])
def test_a_wrong_rule_is_noticed(there: str, mutant: str, test: str, rules_folder: Path) -> None:
    texts = {name: (rules_folder / name).read_text() for name in RULE_FILES}
    assert any(there in text for text in texts.values())
    for name, text in texts.items():
        (rules_folder / name).write_text(text.replace(there, mutant))
    status, printed = run_one(rules_folder, test)
    assert (status, "got:" in printed) == (1, True), printed


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_tells_whom_to_wake_and_where_to_read_on(alert: str) -> None:
    rule: dict[str, Any] = ALERTS[alert]
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{alert.lower()}"


def test_each_rule_asks_for_what_is_recorded() -> None:
    asked = {name for rule in list_rules() for name in find_names(rule["expr"])}
    assert list_recorded() - asked == {"job:prediction_errors:ratio_rate30d", "job:slow_predictions:ratio_rate30d"}
    assert {name for name in asked if ":" in name} - list_recorded() == set()


def test_inhibits_alerts_that_there_are() -> None:
    rules = read_yaml(ALERTMANAGER_FILE)["inhibit_rules"]
    matchers = [matcher for rule in rules for matcher in rule["source_matchers"] + rule["target_matchers"]]
    named = {name for matcher in matchers for name in matcher.split('"')[1].split("|")}
    assert named - set(ALERTS) == set()


@pytest.mark.parametrize(("severity", "receiver"), [("page", "pager"), ("ticket", "tickets"), ("unknown", "tickets")])
def test_sends_each_alert_where_its_severity_says(severity: str, receiver: str) -> None:
    command = ("config", "routes", "test", f"--config.file={ALERTMANAGER_FILE}", f"--verify.receivers={receiver}")
    status, printed = run(AMTOOL, *command, f"severity={severity}")
    assert status == 0, printed
