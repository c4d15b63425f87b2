"""Runs the rules' tests, on the rules as they are and on wrong ones."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.monitoring.rule_mutants import Mutant
from tests.monitoring.rules import PROMETHEUS_FOLDER, RULE_FILES, TEST_FILE, read_yaml
from tools.prometheus import PROMTOOL, find_program

TESTS = read_yaml(PROMETHEUS_FOLDER / TEST_FILE)
BY_NAME = {test["name"]: test for test in TESTS["tests"]}
TIMEOUT_SECONDS = 1200
# How many minutes a test of the rules may last that is not left to `make test-long`.
SOON_MINUTES = 300
# The rules that read hours, days and weeks: most of the work.
OF_BUDGETS = ("ml-service-burn", "ml-service-budget")


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


def measure_minutes(test: dict[str, Any]) -> int:
    """Return how long a test of the rules lasts, in minutes."""
    times = [re.match(r"(\d+)m", check["eval_time"]) for check in test["promql_expr_test"]]
    return max(int(minutes[1]) for minutes in times if minutes)


def write_tests(folder: Path, tests: list[dict[str, Any]], rules: Callable[[str], str] = str) -> Path:
    """Write tests of the rules, and what `rules` makes of each file of rules, into a new `folder`; return the tests."""
    folder.mkdir()
    for name in RULE_FILES:
        (folder / name).write_text(rules((PROMETHEUS_FOLDER / name).read_text()))
    (folder / TEST_FILE).write_text(yaml.safe_dump({**TESTS, "tests": tests}))
    return folder / TEST_FILE


def leave_out_budgets(text: str) -> str:
    """Return rules without those that read days and weeks."""
    groups = yaml.safe_load(text)["groups"]
    return yaml.safe_dump({"groups": [group for group in groups if group["name"] not in OF_BUDGETS]})


def judge_mutants(folder: Path, mutants: list[Mutant]) -> list[str]:
    """Return what promtool says of each wrong rule when it runs the one test that must notice it."""
    files = [
        write_tests(folder / str(number), [BY_NAME[name]], lambda text: text.replace(there, mutant))
        for number, (there, mutant, name) in enumerate(mutants)
    ]
    _, printed = run(PROMTOOL, "test", "rules", *files)
    return printed.split("Unit Testing: ")[1:]


def check_noticed(mutant: Mutant, verdict: str) -> None:
    """Fail unless `verdict` says that a test failed, for what a wrong rule gave."""
    assert any(mutant[0] in (PROMETHEUS_FOLDER / name).read_text() for name in RULE_FILES)
    assert ("FAILED" in verdict, "got:" in verdict) == (True, True), verdict
