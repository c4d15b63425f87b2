from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from app.artifacts import Artifact
from app.columns.distributions import measure_distribution
from app.columns.number import NumberColumn
from app.drift.counter import ModelCounter
from app.drift.monitor import Monitor
from app.drift.psi import Drift
from app.drift.report import describe_verdict
from app.drift.window import N_PERIODS
from app.model.predictor import BatchPrediction, ModelPredictor
from tests.support.metric_samples import read_samples
from tests.unit.conftest import WINDOW_HOURS, Clock
from training.dataset import Dataset
from training.splitting import split_dataset
from training.train import DEFAULT_SEED

N_INSTANCES = 100_000
N_SHIFTED = 2_000
N_FEATURES = 30
PERIOD_HOURS = WINDOW_HOURS / N_PERIODS

Matrix = NDArray[np.float64]


@pytest.fixture(scope="module")
def X_train(example_dataset: Dataset) -> Matrix:
    """Return the rows that the example model was trained on."""
    X: Matrix = split_dataset(example_dataset, DEFAULT_SEED).X_train
    return X


@pytest.fixture(scope="module")
def answers(example_predictor: ModelPredictor, X_train: Matrix) -> BatchPrediction:
    """Return what the example model says of each of them."""
    return example_predictor.predict_batch(X_train)


@pytest.fixture
def counter(clock: Clock, monitor: Monitor, example_artifact: Artifact) -> ModelCounter:
    """Return what counts the answers of the example model."""
    return monitor.watch(example_artifact.metadata)


def observe(counter: ModelCounter, X: Matrix, answers: BatchPrediction, rows: NDArray[np.intp]) -> None:
    """Count the answers for `rows` of the training data, for which `X` is asked."""
    parts, confidence = answers.labels[rows, np.newaxis], answers.probabilities[rows].max(axis=1)
    counter.observe(X[rows], parts, confidence, 0.001)


def draw(n_instances: int, n_rows: int, seed: int = 0) -> NDArray[np.intp]:
    return np.random.default_rng(seed).integers(0, n_rows, n_instances)


def measure(monitor: Monitor, version: str) -> Drift:
    drift = monitor.measure_drift(version)
    assert drift is not None
    return drift


@pytest.mark.parametrize("seed", range(5))
def test_what_is_drawn_from_the_training_data_has_not_drifted(
    monitor: Monitor, version: str, counter: ModelCounter, X_train: Matrix, answers: BatchPrediction, seed: int
) -> None:
    rows = draw(N_INSTANCES, len(X_train), seed)
    single, batches = rows[:2_000], rows[2_000:]
    for row in single:
        observe(counter, X_train, answers, np.array([row]))
    for batch in np.array_split(batches, 200):
        observe(counter, X_train, answers, batch)
    drift = measure(monitor, version)
    assert drift.n_instances == N_INSTANCES
    assert describe_verdict(drift) == "None of the 30 features has drifted from the training data."
    assert max(drift.psi.max(), drift.prediction_psi) < 0.01


@pytest.mark.parametrize("shift", [-2.0, 2.0])
@pytest.mark.parametrize("feature", range(N_FEATURES))
def test_a_feature_that_is_shifted_alone_is_the_one_that_has_drifted(
    monitor: Monitor,
    version: str,
    counter: ModelCounter,
    X_train: Matrix,
    answers: BatchPrediction,
    feature: int,
    shift: float,
) -> None:
    X = X_train.copy()
    X[:, feature] += shift * X_train[:, feature].std()
    observe(counter, X, answers, draw(N_SHIFTED, len(X)))
    assert np.flatnonzero(measure(monitor, version).have_drifted).tolist() == [feature]


@pytest.mark.parametrize(("shift", "end"), [(-1_000.0, 0), (1_000.0, -1)])
def test_the_index_is_that_of_the_deciles_with_the_ends_left_open(
    monitor: Monitor,
    version: str,
    counter: ModelCounter,
    X_train: Matrix,
    answers: BatchPrediction,
    shift: float,
    end: int,
) -> None:
    X = X_train.copy()
    X[:, 0] += shift
    observe(counter, X, answers, np.arange(len(X)))
    drift = measure(monitor, version)
    expected = np.array(measure_distribution(NumberColumn("radius"), X_train[:, 0])["shares"])
    shares = np.full(10, 1e-4)
    shares[end] = 1.0
    assert drift.out_of_range.tolist() == [1.0, *[0.0] * 29]
    assert drift.psi[0] == pytest.approx(((shares - expected) * np.log(shares / expected)).sum())


def test_one_class_alone_is_a_drift_of_the_predictions(
    monitor: Monitor, version: str, counter: ModelCounter, X_train: Matrix, answers: BatchPrediction
) -> None:
    malignant = np.flatnonzero(answers.labels == 0)
    observe(counter, X_train, answers, malignant[draw(500, len(malignant))])
    drift = measure(monitor, version)
    assert drift.prediction_shares.tolist() == [1.0, 0.0]
    assert drift.have_predictions_drifted
    assert describe_verdict(drift).endswith("The predictions have other shares than in training.")


@pytest.mark.parametrize(("n_instances", "is_known"), [(499, False), (500, True)])
def test_knows_drift_from_five_hundred_instances_on(
    monitor: Monitor,
    version: str,
    counter: ModelCounter,
    X_train: Matrix,
    answers: BatchPrediction,
    n_instances: int,
    is_known: bool,
) -> None:
    observe(counter, X_train + 1e6, answers, draw(n_instances, len(X_train)))
    assert measure(monitor, version).have_drifted.all() == is_known
    text = monitor.render(version).decode()
    assert len(read_samples(text, "model_feature_psi")) == (N_FEATURES if is_known else 0)
    assert read_samples(text, "model_drift_window_instances") == {(): n_instances}


def test_instances_leave_the_window_period_by_period(
    clock: Clock,
    monitor: Monitor,
    version: str,
    counter: ModelCounter,
    X_train: Matrix,
    answers: BatchPrediction,
) -> None:
    counts = []
    for number in range(3 * N_PERIODS):
        if number < N_PERIODS + 3:
            observe(counter, X_train, answers, np.arange(number + 1))
        counts.append(measure(monitor, version).n_instances)
        clock.advance(PERIOD_HOURS)
    sizes = [number + 1 if number < N_PERIODS + 3 else 0 for number in range(3 * N_PERIODS)]
    assert counts == [sum(sizes[max(number - N_PERIODS + 1, 0) : number + 1]) for number in range(3 * N_PERIODS)]


@pytest.mark.parametrize(("hours", "n_instances"), [(0.0, 9), (21.9, 9), (24.0, 0), (24 * 365.0, 0)])
def test_the_window_ends_now_whether_or_not_anybody_asks(
    clock: Clock,
    monitor: Monitor,
    version: str,
    counter: ModelCounter,
    X_train: Matrix,
    answers: BatchPrediction,
    hours: float,
    n_instances: int,
) -> None:
    observe(counter, X_train, answers, np.arange(9))
    clock.advance(hours)
    assert measure(monitor, version).n_instances == n_instances


def test_a_clock_that_is_set_back_leaves_nothing_of_a_time_to_come(
    clock: Clock,
    monitor: Monitor,
    version: str,
    counter: ModelCounter,
    X_train: Matrix,
    answers: BatchPrediction,
) -> None:
    clock.advance(1_001 * WINDOW_HOURS)
    observe(counter, X_train, answers, np.arange(9))
    clock.advance(-1_001 * WINDOW_HOURS - PERIOD_HOURS)
    observe(counter, X_train, answers, np.arange(4))
    assert measure(monitor, version).n_instances == 4


def test_counters_go_on_where_the_window_forgets(
    clock: Clock,
    monitor: Monitor,
    version: str,
    counter: ModelCounter,
    X_train: Matrix,
    answers: BatchPrediction,
) -> None:
    observe(counter, X_train + 1e6, answers, np.arange(9))
    clock.advance(2 * WINDOW_HOURS)
    observe(counter, X_train - 1e6, answers, np.arange(4))
    text = monitor.render(version).decode()
    assert set(read_samples(text, "model_feature_out_of_range_values_total").values()) == {13}


def test_a_version_without_distributions_is_counted_and_not_compared(
    monitor: Monitor, example_artifact: Artifact, X_train: Matrix, answers: BatchPrediction
) -> None:
    metadata = dataclasses.replace(example_artifact.metadata, feature_distributions={}, prediction_shares=[])
    observe(monitor.watch(metadata), X_train, answers, np.arange(9))
    text = monitor.render(metadata.version).decode()
    assert monitor.measure_drift(metadata.version) is None
    assert sum(read_samples(text, "model_predictions_total").values()) == 9
    assert "model_drift_window_instances" not in text


@pytest.mark.parametrize(
    ("created_at", "samples"),
    [("2026-01-02T03:04:05+00:00", {(): 1767323045.0}), ("yesterday", {}), (None, {}), ("0001-01-01T00:00:00", {})],
)
def test_shows_when_the_version_was_trained_where_that_is_known(
    monitor: Monitor, example_artifact: Artifact, created_at: str, samples: dict[tuple[str, ...], float]
) -> None:
    monitor.watch(dataclasses.replace(example_artifact.metadata, created_at=created_at))
    text = monitor.render(example_artifact.metadata.version).decode()
    read = read_samples(text, "model_created_timestamp_seconds")
    assert {key: value for key, value in read.items() if value > 0} == samples
