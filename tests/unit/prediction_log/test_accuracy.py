from __future__ import annotations

import pytest
from scipy.stats import binomtest

from app.prediction_log.accuracy import AccuracyReport, VersionAccuracy, measure_accuracy
from app.prediction_log.labels import Labels
from app.prediction_log.record import PredictionRecord
from tests.support.prediction_logs import build_record


def measure_one(records: list[PredictionRecord], labels: Labels) -> VersionAccuracy:
    (version,) = measure_accuracy(records, labels).versions
    return version


def test_compares_each_version_with_the_labels_that_are_known() -> None:
    records = [
        build_record("a", "v1", [0]),
        build_record("b", "v2", [1, 0, 1]),
        build_record("c", "v1", [1]),
        build_record("d", "v1", [1]),
    ]
    labels = {"a": {0: 0}, "c": {0: 0}, "b": {0: 1, 2: 1}}
    assert measure_accuracy(records, labels) == AccuracyReport(
        [VersionAccuracy("v1", 3, 2, 1), VersionAccuracy("v2", 3, 2, 2)], 0, 0, 0
    )


def test_a_retry_counts_once() -> None:
    records = [build_record("a", labels=[0, 1])] * 3 + [build_record("b")]
    assert measure_one(records, {"a": {0: 0, 1: 0}}) == VersionAccuracy("v1", 3, 2, 1)


@pytest.mark.parametrize(
    "other", [build_record("a", "v1", [1]), build_record("a", "v2", [0]), build_record("a", "v1", [0, 0])]
)
def test_a_request_id_with_different_answers_is_left_out(other: PredictionRecord) -> None:
    first = build_record("a", "v1", [0])
    report = measure_accuracy([first, other, first, build_record("b", "v1", [1])], {"a": {0: 0}, "b": {0: 1}})
    assert (report.n_ambiguous_requests, report.n_labels_without_prediction) == (1, 0)
    assert sum(version.n_labelled for version in report.versions) == 1


def test_counts_labels_of_no_request_and_of_no_instance() -> None:
    report = measure_accuracy([build_record("a", labels=[0, 0])], {"a": {0: 0, 2: 0}, "b": {0: 1, 1: 1}})
    assert report == AccuracyReport([VersionAccuracy("v1", 2, 1, 1)], 3, 0, 0)


def test_counts_labels_of_no_class() -> None:
    report = measure_accuracy([build_record("a", labels=[1, 0])], {"a": {0: 2, 1: 3, 7: 9}})
    assert report == AccuracyReport([VersionAccuracy("v1", 2, 1, 0)], 1, 1, 0)


def test_no_predictions_are_no_versions() -> None:
    assert measure_accuracy([], {"a": {0: 0}}) == AccuracyReport([], 1, 0, 0)


@pytest.mark.parametrize(
    ("n_labelled", "n_correct"), [(1, 0), (1, 1), (10, 10), (80, 75), (1000, 0), (100_000, 50_001)]
)
def test_the_interval_is_wilsons(n_labelled: int, n_correct: int) -> None:
    expected = binomtest(n_correct, n_labelled).proportion_ci(0.95, method="wilson")
    version = VersionAccuracy("v1", n_labelled, n_labelled, n_correct)
    assert version.accuracy == n_correct / n_labelled
    assert version.interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_nothing_is_known_without_labels() -> None:
    version = VersionAccuracy("v1", 5)
    assert (version.accuracy, version.interval) == (None, None)
