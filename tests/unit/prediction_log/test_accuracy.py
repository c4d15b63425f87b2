from __future__ import annotations

import dataclasses

import pytest

from app.artifacts import Metadata
from app.model.model import Model
from app.prediction_log.accuracy import AccuracyReport, Unused, measure_accuracy
from app.prediction_log.labels import Labels, Truth
from app.prediction_log.quality import VersionAccuracy, VersionErrors, VersionQuality
from app.prediction_log.record import PredictionRecord
from tests.support.prediction_logs import build_record
from tests.support.small_models import SmallModel, get_small_model


def label(truths: dict[str, dict[int, int]]) -> Labels:
    """Return the indices of classes that are known, by request id and instance."""
    return Labels("label", {key: {(row, None): truth for row, truth in rows.items()} for key, rows in truths.items()})


def measure_one(records: list[PredictionRecord], labels: Labels) -> VersionQuality:
    (version,) = measure_accuracy(records, labels).versions
    return version


def test_compares_each_version_with_the_labels_that_are_known() -> None:
    records = [
        build_record("a", "v1", [0]),
        build_record("b", "v2", [1, 0, 1]),
        build_record("c", "v1", [1]),
        build_record("d", "v1", [1]),
    ]
    labels = label({"a": {0: 0}, "c": {0: 0}, "b": {0: 1, 2: 1}})
    assert measure_accuracy(records, labels) == AccuracyReport(
        [VersionAccuracy("v1", 3, 2, 1), VersionAccuracy("v2", 3, 2, 2)]
    )


def test_a_retry_counts_once() -> None:
    records = [build_record("a", labels=[0, 1])] * 3 + [build_record("b")]
    assert measure_one(records, label({"a": {0: 0, 1: 0}})) == VersionAccuracy("v1", 3, 2, 1)


@pytest.mark.parametrize(
    "other", [build_record("a", "v1", [1]), build_record("a", "v2", [0]), build_record("a", "v1", [0, 0])]
)
def test_a_request_id_with_different_answers_is_left_out(other: PredictionRecord) -> None:
    first = build_record("a", "v1", [0])
    report = measure_accuracy([first, other, first, build_record("b", "v1", [1])], label({"a": {0: 0}, "b": {0: 1}}))
    assert report.unused == {Unused.AMBIGUOUS: 1}
    assert sum(version.n_labelled for version in report.versions) == 1


def test_counts_labels_of_no_request_and_of_no_instance() -> None:
    report = measure_accuracy([build_record("a", labels=[0, 0])], label({"a": {0: 0, 2: 0}, "b": {0: 1, 1: 1}}))
    assert report == AccuracyReport([VersionAccuracy("v1", 2, 1, 1)], report.unused)
    assert report.unused == {Unused.NO_PREDICTION: 3}


def test_counts_labels_of_no_class() -> None:
    report = measure_accuracy([build_record("a", labels=[1, 0])], label({"a": {0: 2, 1: 3, 7: 9}}))
    assert report.versions == [VersionAccuracy("v1", 2, 1, 0)]
    assert report.unused == {Unused.NO_PREDICTION: 1, Unused.NO_CLASS: 1}


def test_no_predictions_are_no_versions() -> None:
    report = measure_accuracy([], label({"a": {0: 0}}))
    assert (report.versions, report.unused) == ([], {Unused.NO_PREDICTION: 1})


def log(small: SmallModel, n_instances: int = 4) -> PredictionRecord:
    """Return the record of a batch that the model was asked."""
    model = Model(small.artifact)
    instances = model.columns.parse_instances(small.rows[:n_instances])
    answers = model.answer(instances.copy())
    return PredictionRecord(build_record().time, "a", model.version, instances, answers.arrays)


def measure_of(name: str, column: str, truths: dict[tuple[int, str | None], Truth]) -> AccuracyReport:
    """Return what `truths` say of a batch that the model of that name answered, which is published."""
    small = get_small_model(name)
    return measure_accuracy([log(small)], Labels(column, {"a": truths}), lambda version: small.artifact.metadata)


def test_compares_classes_by_what_they_are_called() -> None:
    small = get_small_model("mixed")
    classes = [small.artifact.metadata.classes[index] for index in log(small).labels]
    truths: dict[tuple[int, str | None], Truth] = {(row, None): each for row, each in enumerate(classes)}
    truths[(1, None)] = "yes" if classes[1] == "no" else "no"
    assert measure_of("mixed", "class", truths).versions == [VersionAccuracy("small", 4, 4, 3)]


@pytest.mark.parametrize(("text", "n_correct"), [("3", 1), ("3.0", 1), ("4", 0)])
def test_compares_classes_that_are_integers_by_themselves(text: str, n_correct: int) -> None:
    report = measure_of("integer classes", "class", {(0, None): text})
    assert report.versions == [VersionAccuracy("small", 4, 1, n_correct)]


@pytest.mark.parametrize("text", ["0", "setosa", ""])
def test_an_index_is_no_class_where_classes_are_integers(text: str) -> None:
    report = measure_of("integer classes", "class", {(0, None): text})
    assert report.unused == {Unused.NO_CLASS: 1}


@pytest.mark.parametrize(("text", "n_correct"), [("true", 0), ("False", 1)])
def test_compares_classes_that_are_booleans_however_they_are_written(text: str, n_correct: int) -> None:
    metadata = dataclasses.replace(get_small_model("threshold").artifact.metadata, classes=[False, True])
    record = log(get_small_model("threshold"))
    report = measure_accuracy([record], Labels("class", {"a": {(0, None): text}}), lambda version: metadata)
    assert report.versions == [VersionAccuracy("small", 4, 1, n_correct)]


def test_measures_the_errors_of_a_regressor() -> None:
    predicted = log(get_small_model("regression")).values[:, 0].tolist()
    truths: dict[tuple[int, str | None], Truth] = {(row, None): value + row for row, value in enumerate(predicted)}
    (errors,) = measure_of("regression", "value", truths).versions
    assert isinstance(errors, VersionErrors)
    assert (errors.version, errors.n_predictions, errors.target, errors.n_labelled) == ("small", 4, "weight", 4)
    assert [errors.mae, errors.rmse] == pytest.approx([1.5, 3.5**0.5])


@pytest.mark.parametrize("name", ["multilabel", "multioutput"])
def test_measures_each_target_for_itself(name: str) -> None:
    labels = log(get_small_model(name)).labels.tolist()
    targets = get_small_model(name).artifact.metadata.targets
    truths: dict[tuple[int, str | None], Truth] = {
        (0, target): labels[0][place] for place, target in enumerate(targets)
    }
    truths[(1, targets[1])] = 1 - labels[1][1]
    report = measure_of(name, "label", truths)
    expected = [VersionAccuracy("small", 4, 1, 1, target) for target in targets]
    expected[1] = VersionAccuracy("small", 4, 2, 1, targets[1])
    assert report.versions == expected


def test_compares_the_classes_of_each_target() -> None:
    report = measure_of("multioutput", "class", {(0, "kind"): "large", (0, "tall"): "yes", (1, "tall"): "large"})
    assert report.versions == [VersionAccuracy("small", 4, 1, 1, "kind"), VersionAccuracy("small", 4, 1, 0, "tall")]
    assert report.unused == {Unused.NO_CLASS: 1}


@pytest.mark.parametrize("target", [None, "colour"])
def test_counts_labels_of_no_target(target: str | None) -> None:
    assert measure_of("multioutput", "label", {(0, target): 1}).unused == {Unused.NO_TARGET: 1}


@pytest.mark.parametrize(
    ("column", "truth", "n_correct"),
    [("class", "inlier", 1), ("class", "outlier", 0), ("label", 1, 1), ("label", -1, 0)],
)
def test_compares_outliers_by_label_and_by_class(column: str, truth: Truth, n_correct: int) -> None:
    assert measure_of("outlier", column, {(0, None): truth}).versions == [VersionAccuracy("small", 4, 1, n_correct)]


@pytest.mark.parametrize(("name", "column", "truth"), [("regression", "label", 1), ("mixed", "value", 1.0)])
def test_counts_labels_of_another_kind_than_what_was_predicted(name: str, column: str, truth: Truth) -> None:
    assert measure_of(name, column, {(0, None): truth}).unused == {Unused.OTHER_KIND: 1}


def test_leaves_out_a_clusterer() -> None:
    report = measure_of("cluster", "label", {(0, None): 1})
    assert report == AccuracyReport([], left_out={"small": "the answers of a clusterer are neither right nor wrong"})


NOT_PUBLISHED = "it is published here no longer, so what its answers are called is not known"


def find_nothing(version: str) -> Metadata | None:
    return None


@pytest.mark.parametrize(
    ("name", "column", "truth"),
    [
        ("mixed", "class", "yes"),
        ("multioutput", "label", 1),
        ("several targets", "value", 1.0),
        ("outlier", "label", 1),
    ],
)
def test_leaves_out_a_version_that_is_published_no_longer_where_names_are_needed(
    name: str, column: str, truth: Truth
) -> None:
    report = measure_accuracy([log(get_small_model(name))], Labels(column, {"a": {(0, None): truth}}), find_nothing)
    assert report == AccuracyReport([], left_out={"small": NOT_PUBLISHED})


@pytest.mark.parametrize(("name", "column"), [("mixed", "label"), ("scores", "label"), ("regression", "value")])
def test_needs_no_published_version_where_the_record_says_enough(name: str, column: str) -> None:
    report = measure_accuracy([log(get_small_model(name))], Labels(column, {"a": {(0, None): 0}}), find_nothing)
    assert ([each.n_labelled for each in report.versions], report.left_out) == ([1], {})
