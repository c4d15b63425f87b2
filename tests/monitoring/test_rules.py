"""What promtool and amtool say of the configuration, and that the rules' tests would notice a wrong rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.monitoring.rule_mutants import MUTANTS, name_mutant
from tests.monitoring.rule_tests import (
    BY_NAME,
    SOON_MINUTES,
    TESTS,
    check_noticed,
    judge_mutants,
    leave_out_budgets,
    measure_minutes,
    run,
    write_tests,
)
from tests.monitoring.rules import (
    ALERTMANAGER_FILE,
    PROMETHEUS_FOLDER,
    TEST_FILE,
    find_names,
    list_alerts,
    list_recorded,
    list_rules,
    read_yaml,
)
from tests.support.depth import IS_LONG
from tools.prometheus import AMTOOL, PROMTOOL

# What lasts longer is left to `make test-long`, but for one test of each alert that needs it.
NEEDED = (
    "2.5 % of the predictions fail, after hours without a fault",
    "20 % of the predictions are slow, after hours without it",
    "clients begin to send what is refused",
)
TRAFFIC_ENDS = "the traffic ends"
SOON = [test for test in TESTS["tests"] if measure_minutes(test) < SOON_MINUTES or test["name"] in NEEDED]
RUN_TESTS = TESTS["tests"] if IS_LONG else [*SOON, BY_NAME[TRAFFIC_ENDS]]
RUN_MUTANTS = MUTANTS if IS_LONG else [each for each in MUTANTS if measure_minutes(BY_NAME[each[2]]) < SOON_MINUTES]
ALERTS = {alert["alert"]: alert for alert in list_alerts()}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what is said of each wrong rule."""
    return judge_mutants(tmp_path_factory.mktemp("mutants"), RUN_MUTANTS)


def test_promtool_accepts_the_configuration() -> None:
    status, printed = run(PROMTOOL, "check", "config", "--lint-fatal", PROMETHEUS_FOLDER / "prometheus.yml")
    assert (status, "FAILED" in printed) == (0, False), printed


def test_amtool_accepts_the_configuration() -> None:
    status, printed = run(AMTOOL, "check-config", ALERTMANAGER_FILE)
    assert status == 0, printed


def test_every_alert_fires_when_it_must_and_only_then(tmp_path: Path) -> None:
    files = [PROMETHEUS_FOLDER / TEST_FILE]
    if not IS_LONG:
        traffic = write_tests(tmp_path / "traffic", [BY_NAME[TRAFFIC_ENDS]], leave_out_budgets)
        files = [write_tests(tmp_path / "soon", SOON), traffic]
    status, printed = run(PROMTOOL, "test", "rules", *files)
    assert status == 0, printed


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_seen_to_fire(alert: str) -> None:
    expected = [sample for test in RUN_TESTS for check in test["promql_expr_test"] for sample in check["exp_samples"]]
    severity = ALERTS[alert]["labels"]["severity"]
    assert any(
        f'alertname="{alert}"' in each["labels"] and f'severity="{severity}"' in each["labels"] for each in expected
    )


@pytest.mark.parametrize("number", range(len(RUN_MUTANTS)), ids=[name_mutant(mutant) for mutant in RUN_MUTANTS])
def test_a_wrong_rule_is_noticed(number: int, verdicts: list[str]) -> None:
    assert len(verdicts) == len(RUN_MUTANTS)
    check_noticed(RUN_MUTANTS[number], verdicts[number])


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
