"""Drift of each kind of column and of answer, through the cells in which it is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flask import Flask

from app import create_app
from app.drift.monitor import Monitor
from app.drift.psi import Drift
from app.drift.report import describe_drift, describe_verdict
from app.model.model import Model
from app.settings import Settings
from app.web.service import serve_model
from tests.support.metric_samples import read_samples
from tests.support.small_models import SMALL_MODELS, SmallModel, get_small_model
from tests.unit.conftest import Clock

N_INSTANCES = 3000
N_ALONE = 10

Change = Callable[[list[Any]], None]


def ask(monitor: Monitor, small: SmallModel, rows: list[list[Any]]) -> Drift:
    """Count the answers for `rows`, some alone and the others as a batch, and return how far they have drifted."""
    model = Model(small.artifact)
    counter = monitor.watch(model.metadata)
    for part in [*([row] for row in rows[:N_ALONE]), rows[N_ALONE:]]:
        instances = model.columns.parse_instances(part)
        answers = model.answer(instances.copy())
        parts, confidence = model.output.find_parts(answers), model.output.find_confidence(answers)
        counter.observe(model.columns.encode(instances), parts, confidence, 0.001)
    drift = monitor.measure_drift(model.version)
    assert drift is not None
    return drift


def draw(small: SmallModel, change: Change = lambda row: None) -> list[list[Any]]:
    """Return rows drawn from those of training, each after `change`."""
    places = np.random.default_rng(0).integers(0, len(small.rows), N_INSTANCES)
    rows = [list(small.rows[place]) for place in places]
    for row in rows:
        change(row)
    return rows


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_what_is_drawn_from_the_training_data_has_not_drifted(clock: Clock, monitor: Monitor, name: str) -> None:
    small = get_small_model(name)
    drift = ask(monitor, small, draw(small))
    n_features = len(small.artifact.metadata.feature_names)
    assert (drift.n_instances, drift.out_of_range.max()) == (N_INSTANCES, 0.0)
    assert describe_verdict(drift) == f"None of the {n_features} features has drifted from the training data."


def set_value(place: int, value: Any) -> Change:
    def change(row: list[Any]) -> None:
        row[place] = value

    return change


def lengthen(row: list[Any]) -> None:
    row[5] = f"{row[5]} {row[5]}"


@pytest.mark.parametrize(
    ("feature", "change"),
    [
        ("age", set_value(0, 40)),
        ("income", set_value(1, None)),
        ("city", set_value(2, "Rome")),
        ("city", set_value(2, None)),
        ("city", set_value(2, "Paris")),
        ("member", set_value(3, True)),
        ("since", set_value(4, "2021-06-01")),
        ("since", set_value(4, "2026-01-01T00:00:00+02:00")),
        ("note", lengthen),
    ],
)
def test_a_column_of_any_kind_that_changes_alone_is_the_one_that_has_drifted(
    clock: Clock, monitor: Monitor, feature: str, change: Change
) -> None:
    small = get_small_model("mixed")
    drift = ask(monitor, small, draw(small, change))
    names = small.artifact.metadata.feature_names
    assert [name for name, has in zip(names, drift.have_drifted, strict=True) if has] == [feature]


def test_counts_what_training_has_not_seen_as_out_of_range(clock: Clock, monitor: Monitor) -> None:
    small = get_small_model("mixed")
    rows = draw(small, set_value(2, "Paris"))
    for row in rows[: N_INSTANCES // 2]:
        row[4] = "1999-12-31"
    drift = ask(monitor, small, rows)
    assert drift.out_of_range.tolist() == [0, 0, 1, 0, 0.5, 0]
    counts = read_samples(monitor.render("small").decode(), "model_feature_out_of_range_values_total")
    assert (counts[("city", "small")], counts[("since", "small")]) == (N_INSTANCES, N_INSTANCES / 2)


def test_the_report_gives_the_share_of_each_value_and_of_what_is_missing(clock: Clock, monitor: Monitor) -> None:
    small = get_small_model("mixed")
    document = describe_drift("small", ask(monitor, small, draw(small, set_value(2, "Rome"))), 24)
    described = {feature["name"]: feature for feature in document["features"]}
    assert described["city"]["shares"] == {"Bonn": 0.0, "Oslo": 0.0, "Rome": 1.0}
    expected = described["city"]["expected_shares"]
    assert (list(expected), sum(expected.values())) == (["Bonn", "Oslo", "Rome"], pytest.approx(1 - 28 / 300))
    assert described["city"]["expected_missing_share"] == pytest.approx(28 / 300)
    assert list(described["member"]["shares"]) == ["false", "true"]
    assert described["income"]["missing_share"] == pytest.approx(43 / 300, abs=0.03)
    assert "shares" not in described["note"]


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("regression", 1000.0, {"1", "10"}),
        ("outlier", 1000.0, {"-1"}),
        ("cluster", 1000.0, {"0", "1", "2", "3"}),
        ("multioutput", 1000.0, {"kind: 0", "kind: 1", "kind: 2", "tall: 0", "tall: 1"}),
        ("multilabel", 1000.0, {"a: 0", "a: 1", "b: 0", "b: 1", "c: 0", "c: 1"}),
    ],
)
def test_answers_of_each_task_that_have_moved_are_a_drift_of_the_predictions(
    clock: Clock, monitor: Monitor, name: str, value: float, parts: set[str]
) -> None:
    small = get_small_model(name)
    n_features = len(small.artifact.metadata.feature_names)
    drift = ask(monitor, small, [[value] * n_features] * N_INSTANCES)
    assert drift.have_predictions_drifted
    assert describe_verdict(drift).endswith(" The predictions have other shares than in training.")
    counts = read_samples(monitor.render("small").decode(), "model_predictions_total")
    counted = {part for (part, _), count in counts.items() if count}
    assert (counted <= parts, set(counts.values())) == (True, {0.0, N_INSTANCES})


def test_each_target_of_a_regressor_is_counted_by_its_own_deciles(clock: Clock, monitor: Monitor) -> None:
    small = get_small_model("several targets")
    drift = ask(monitor, small, small.rows * 150)
    assert drift.expected.part_names == tuple(
        f"{target}: {decile}" for target in ("weight", "waist", "pulse") for decile in range(1, 11)
    )
    assert drift.prediction_shares.tolist() == pytest.approx([0.1] * 30)


def test_no_confidence_is_counted_where_there_are_no_probabilities(clock: Clock, monitor: Monitor) -> None:
    small = get_small_model("scores")
    ask(monitor, small, draw(small))
    assert "model_top_probability" not in monitor.render("small").decode()


@pytest.fixture
def unloaded_app() -> Flask:
    """Return an application without a model."""
    return create_app(Settings())


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_drift_and_metrics_are_answered_for_each_task(unloaded_app: Flask, name: str) -> None:
    small = get_small_model(name)
    serve_model(unloaded_app, small.artifact)
    client = unloaded_app.test_client()
    assert client.post("/predict/batch", json={"instances": small.rows}).status_code == 200
    document = client.get("/model/drift").get_json()
    assert document["n_instances"] == len(small.rows)
    assert len(document["predictions"]["parts"]) == len(document["predictions"]["shares"])
    counts = read_samples(client.get("/metrics").get_data(as_text=True), "model_predictions_total")
    n_targets = len(Model(small.artifact).output.targets)
    assert sum(counts.values()) == len(small.rows) * n_targets
