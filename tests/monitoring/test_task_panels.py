"""The panels of regressors and outlier detectors, on series as such services export them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.monitoring.dashboard import fill_in, list_panels
from tests.monitoring.rule_tests import run
from tools.prometheus import PROMTOOL

OF_SERVICE = 'job="ml-service", instance="a", version="v1"'
EXPRESSIONS = {panel.title: panel.targets[0].expression for panel in list_panels() if panel.targets}


def count(label: str, a_minute: int) -> dict[str, str]:
    """Return the series of instances that were answered so, and how many more of them there are each minute."""
    return {"series": f'model_predictions_total{{{OF_SERVICE}, label="{label}"}}', "values": f"0+{a_minute}x30"}


def evaluate(folder: Path, title: str, task: str, counts: list[dict[str, str]], expected: dict[str, float]) -> str:
    """Return what promtool says of the first query of a panel, for a model of that task."""
    labels = [f'{{label="{label}"}}' if label else "{}" for label in expected]
    info = {"series": f'model_info{{{OF_SERVICE}, engine="e", estimator="E", task="{task}"}}', "values": "1x30"}
    samples = [{"labels": each, "value": value} for each, value in zip(labels, expected.values(), strict=True)]
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [info, *counts],
        "promql_expr_test": [
            {"expr": fill_in(EXPRESSIONS[title]).replace("[10s]", "[5m]"), "eval_time": "20m", "exp_samples": samples}
        ],
    }
    file = folder / "panel_test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [], "evaluation_interval": "1m", "tests": [test]}))
    status, output = run(PROMTOOL, "test", "rules", str(file))
    return "" if status == 0 else output


@pytest.mark.parametrize(
    ("title", "task", "counts", "expected"),
    [
        ("Predicted numbers by decile", "regression", [count("1", 60), count("2", 60)], {"1": 0.5, "2": 0.5}),
        ("Predicted numbers by decile", "classification", [count("1", 60), count("2", 60)], {}),
        ("Share of outliers", "outlier", [count("-1", 10), count("1", 30)], {"": 0.25}),
        ("Share of outliers", "classification", [count("0", 10), count("1", 30)], {}),
        (
            "Predictions by label",
            "multioutput",
            [count("kind: 0", 60), count("tall: 1", 120)],
            {"kind: 0": 1.0, "tall: 1": 2.0},
        ),
    ],
)
def test_a_panel_shows_the_models_of_its_task(
    tmp_path: Path, title: str, task: str, counts: list[dict[str, str]], expected: dict[str, float]
) -> None:
    assert evaluate(tmp_path, title, task, counts, expected) == ""


def test_promtool_says_what_is_shown_otherwise(tmp_path: Path) -> None:
    counts = [count("1", 30), count("2", 10)]
    assert "FAILED" in evaluate(tmp_path, "Predicted numbers by decile", "regression", counts, {"1": 0.5})
