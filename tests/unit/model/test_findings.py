"""What a trial finds of passes: how long they take, and whether rows may share one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.artifacts import Artifact
from app.columns.table import Rows
from app.model import findings as module
from app.model.findings import PassFindings, find_passes
from app.model.model import Model, load_model
from app.model.trial import Trial, replay
from app.outputs.prediction import Arrays


@pytest.fixture
def model(iris_artifact: Artifact) -> Model:
    return load_model(iris_artifact)


def try_passes(model: Model, artifact: Artifact) -> PassFindings:
    """Return what is found of the passes of a model, as a trial finds it."""
    return find_passes(model, artifact.golden, *model.check_golden(artifact.golden))


def change_answers(model: Model, monkeypatch: pytest.MonkeyPatch, change: Callable[[Rows, Any], None]) -> None:
    """Have `change` look at what the engine of `model` computes, and write into its probabilities."""
    compute = model.engine.compute

    def compute_otherwise(rows: Rows) -> Arrays:
        arrays = dict(compute(rows))
        arrays["probabilities"] = arrays["probabilities"].copy()
        change(rows, arrays["probabilities"])
        return arrays

    monkeypatch.setattr(model.engine, "compute", compute_otherwise)


def test_rows_of_a_model_that_answers_each_for_itself_may_share_a_pass(model: Model, iris_artifact: Artifact) -> None:
    assert try_passes(model, iris_artifact).is_row_independent


@pytest.mark.parametrize("n_rows", [2, 17, 20])
def test_an_answer_that_differs_in_its_last_bit_in_a_batch_of_some_size_is_noticed(
    model: Model, iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch, n_rows: int
) -> None:
    def change(rows: Rows, probabilities: Any) -> None:
        if len(rows) == n_rows:
            probabilities[n_rows - 1, 0] = np.nextafter(probabilities[n_rows - 1, 0], 2.0)

    change_answers(model, monkeypatch, change)
    assert len(iris_artifact.golden) == 20
    assert not try_passes(model, iris_artifact).is_row_independent


def test_a_pass_is_timed_alone_and_with_all_rows(
    model: Model, iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_time_pass", lambda model, rows: 0.5 + 0.25 * len(rows))
    found = try_passes(model, iris_artifact)
    assert (found.alone_seconds, found.row_seconds) == (0.75, 0.25)
    assert [found.estimate_seconds(n_rows) for n_rows in (1, 2, 10)] == [0.75, 1.0, 3.0]


def test_a_quick_pass_is_timed_with_more_rows_than_some_engines_compute_at_once(
    model: Model, iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_time_pass", lambda model, rows: 0.001 * -(-len(rows) // 64))
    assert try_passes(model, iris_artifact).row_seconds == pytest.approx(0.003 / 255)


def test_what_nobody_has_tried_is_quick_and_shares_no_pass() -> None:
    unknown = PassFindings.from_measured({})
    assert (unknown.estimate_seconds(100), unknown.is_row_independent) == (0, False)


def test_findings_come_out_of_a_trial_as_they_went_in(iris_artifact: Artifact) -> None:
    found = PassFindings.from_measured(Trial(iris_artifact).get_outcome().measured)
    assert found.is_row_independent
    assert 0 < found.alone_seconds < 60


def test_a_trial_asks_for_no_golden_row_alone_again_but_the_one_it_times(
    iris_artifact: Artifact, batch_sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_N_TIMES", 1)
    monkeypatch.setattr(module, "_MOST_SECONDS_FOR_MANY", 60.0)  # on a machine however busy
    replay(iris_artifact)
    # One alone, all at once and many more again, to be timed.
    assert sorted(batch_sizes) == [1] * 21 + [2, 17, 20, 20, 256]
