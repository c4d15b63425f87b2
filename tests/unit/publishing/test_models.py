from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, AffinityPropagation, Birch, KMeans
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC, LinearSVC

from app.artifacts.errors import NotPublishable
from app.publishing.models import Answers, FittedModel, check_answering, find_answers, prepare_rows, split_model

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.resize([0, 1], 40)
THREE = np.resize([3, 4, 5, 6], 40)
SCALER, OTHER, MODEL = StandardScaler(), MinMaxScaler(), LogisticRegression()


class PairsOnly(SVC):  # type: ignore[misc]
    """Decides between each two classes, and has no parameter that says so."""

    def __init__(self) -> None:
        super().__init__(decision_function_shape="ovo")


class OwnPipeline(Pipeline):  # type: ignore[misc]
    """May do otherwise than its steps one after the other."""


def answer(model: Any, task: str = "classification", **changes: Any) -> Answers:
    return find_answers(FittedModel(model, task, **changes), X)


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        (MODEL, ("passthrough", MODEL)),
        (make_pipeline(MODEL), ("passthrough", MODEL)),
        (make_pipeline("passthrough", MODEL), ("passthrough", MODEL)),
        (make_pipeline(SCALER, MODEL), (SCALER, MODEL)),
        (make_pipeline(SCALER, None, MODEL), (SCALER, MODEL)),
    ],
)
def test_splits_a_pipeline_before_its_last_step(model: Any, parts: tuple[Any, Any]) -> None:
    assert split_model(model) == parts


def test_keeps_several_steps_before_the_last_as_a_pipeline() -> None:
    preprocessor, estimator = split_model(make_pipeline(SCALER, OTHER, MODEL))
    assert ([step for _, step in preprocessor.steps], estimator) == ([SCALER, OTHER], MODEL)


@pytest.mark.parametrize("model", [OwnPipeline([("a", SCALER), ("b", MODEL)]), make_pipeline(SCALER, "passthrough")])
def test_keeps_whole_what_cannot_be_split(model: Any) -> None:
    assert split_model(model) == ("passthrough", model)


@pytest.mark.parametrize(
    ("model", "y", "answers"),
    [
        (LogisticRegression(), Y, Answers([0, 1], [], ["labels", "probabilities"], None)),
        (LogisticRegression(), THREE, Answers([3, 4, 5, 6], [], ["labels", "probabilities"], None)),
        (LogisticRegression(), Y == 1, Answers([False, True], [], ["labels", "probabilities"], None)),
        (LogisticRegression(), np.array(["a", "b"])[Y], Answers(["a", "b"], [], ["labels", "probabilities"], None)),
        (LinearSVC(), Y, Answers([0, 1], [], ["labels", "scores"], None)),
        (RidgeClassifier(), THREE, Answers([3, 4, 5, 6], [], ["labels", "scores"], None)),
        # A score for each pair of classes, of which there are more than classes.
        (SVC(decision_function_shape="ovo"), THREE, Answers([3, 4, 5, 6], [], ["labels"], None)),
        (OneVsOneClassifier(LinearSVC()), THREE, Answers([3, 4, 5, 6], [], ["labels", "scores"], None)),
    ],
)
def test_a_classifier_gives_probabilities_or_scores_or_neither(model: Any, y: Any, answers: Answers) -> None:
    assert answer(model.fit(X, y)) == answers


@pytest.mark.parametrize(
    "model",
    [
        SVC(decision_function_shape="ovo"),
        make_pipeline(SCALER, SVC(decision_function_shape="ovo")),
        GridSearchCV(SVC(), {"decision_function_shape": ["ovo"]}, cv=2),
        make_pipeline(SCALER, GridSearchCV(SVC(), {"decision_function_shape": ["ovo"]}, cv=2)),
        FrozenEstimator(SVC(decision_function_shape="ovo").fit(X, THREE % 3)),
        RFE(SVC(kernel="linear", decision_function_shape="ovo")),
        PairsOnly(),
    ],
    ids=["alone", "pipeline", "search", "search in a pipeline", "frozen", "selection", "own class"],
)
def test_the_three_pairs_of_three_classes_are_no_scores_of_the_classes(model: Any) -> None:
    assert answer(model.fit(X, THREE % 3)).answers == ["labels"]


@pytest.mark.parametrize(
    "model",
    [
        GridSearchCV(SVC(decision_function_shape="ovo"), {"decision_function_shape": ["ovr"]}, cv=2),
        OneVsRestClassifier(SVC(decision_function_shape="ovo")),
        make_pipeline(SelectFromModel(SVC(kernel="linear", decision_function_shape="ovo")), LinearSVC()),
    ],
    ids=["search", "one against the rest", "selection before"],
)
def test_what_does_not_decide_says_nothing_of_the_scores(model: Any) -> None:
    assert answer(model.fit(X, THREE % 3)).answers == ["labels", "scores"]


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(SCALER, KMeans(2)),
        make_pipeline(make_pipeline(SCALER, KMeans(2))),
        OwnPipeline([("scaler", SCALER), ("kmeans", KMeans(2))]),
        GridSearchCV(make_pipeline(SCALER, KMeans(2)), {"kmeans__n_init": [1]}, cv=2),
    ],
    ids=["pipeline", "pipeline within", "own pipeline", "search"],
)
def test_prepares_rows_for_what_decides_in_the_end(model: Any) -> None:
    assert np.array_equal(prepare_rows(model.fit(X), X), SCALER.fit(X).transform(X))
    assert prepare_rows(KMeans(2).fit(X), X) is X


@pytest.mark.parametrize(
    ("model", "threshold"),
    [
        (FixedThresholdClassifier(LogisticRegression(), threshold=0.3), 0.3),
        (FixedThresholdClassifier(LogisticRegression(), threshold=0.3, pos_label=1), 0.3),
        (FixedThresholdClassifier(LogisticRegression(), threshold=0.3, pos_label=0), 0.7),
        (FixedThresholdClassifier(LogisticRegression()), None),
        (FixedThresholdClassifier(LogisticRegression(), threshold=0.3, response_method="decision_function"), None),
        (FixedThresholdClassifier(LinearSVC(), threshold=0.3), None),
        # Above which it trusts its own labels, which decides nothing afterwards.
        (SelfTrainingClassifier(LogisticRegression(), threshold=0.9), None),
    ],
)
@pytest.mark.filterwarnings("ignore:y contains no unlabeled samples")
def test_a_threshold_is_that_of_the_second_class(model: Any, threshold: float | None) -> None:
    assert answer(make_pipeline(StandardScaler(), model).fit(X, Y)).threshold == threshold


def test_a_tuned_threshold_is_the_best_one() -> None:
    model = TunedThresholdClassifierCV(LogisticRegression()).fit(X, Y)
    assert answer(model).threshold == model.best_threshold_


def test_classes_can_be_named_by_numbers_of_numpy() -> None:
    named = answer(LogisticRegression().fit(X, Y), classes=np.array([7, 8])).classes
    assert [(type(each), each) for each in named] == [(int, 7), (int, 8)]


def test_refuses_classes_that_json_has_not() -> None:
    with pytest.raises(NotPublishable) as refused:
        answer(LogisticRegression().fit(X, Y), classes=[b"a", b"b"])
    assert str(refused.value) == "The class b'a' is no string, number or boolean, and has no form in JSON."


def test_other_tasks_have_their_answers() -> None:
    assert answer(Ridge().fit(X, Y), "regression", targets=["p"]) == Answers([], ["p"], ["values"], None)
    assert answer(IsolationForest(n_estimators=2).fit(X), "outlier") == Answers([-1, 1], [], ["labels", "scores"], None)
    forest = RandomForestClassifier(2).fit(X, np.eye(2, dtype=int)[Y])
    assert answer(forest, "multilabel", targets=["p", "q"]) == Answers(
        [], ["p", "q"], ["labels", "probabilities"], None
    )


@pytest.mark.parametrize(
    "model", [KMeans(4, n_init=1), Birch(n_clusters=4), GaussianMixture(4), make_pipeline(StandardScaler(), KMeans(4))]
)
def test_a_clusterer_has_as_many_clusters_as_it_can_answer(model: Any) -> None:
    assert answer(model.fit(X), "cluster") == Answers([0, 1, 2, 3], [], ["labels"], None)


def test_a_clusterer_that_finds_their_number_has_as_many_as_it_found() -> None:
    model = Birch(n_clusters=None, threshold=1.5).fit(X)
    assert answer(model, "cluster").classes == list(range(len(set(model.labels_.tolist()))))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_refuses_a_clusterer_that_found_none() -> None:
    with pytest.raises(NotPublishable) as refused:
        answer(AffinityPropagation(max_iter=1).fit(X), "cluster")
    assert str(refused.value) == "AffinityPropagation found no clusters. Fit it with other parameters."


@pytest.mark.parametrize("model", [DBSCAN(), make_pipeline(StandardScaler(), DBSCAN())])
def test_refuses_what_has_no_answer_for_new_rows(model: Any) -> None:
    with pytest.raises(NotPublishable) as refused:
        check_answering(model.fit(X))
    assert str(refused.value) == ("DBSCAN has no predict, so it cannot answer for new rows. Publish a model that has.")
