"""What estimators are asked, with estimators that write down what they have been asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from app.artifacts import Artifact, ArtifactCorrupt, Metadata
from app.engines.responses import RESPONSES
from app.outputs.kinds import TASKS

ROWS = np.arange(6.0).reshape(3, 2)


class Estimator:
    """Answers what it was given, whatever it is asked."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, int]] = []
        self.classes_ = answers.pop("classes_", np.array([0, 1]))
        for method, answer in answers.items():
            setattr(self, method, self._make(method, answer))

    def _make(self, method: str, answer: Any) -> Any:
        def ask(given: Any) -> Any:
            self.asked.append((method, len(given)))
            return answer

        return ask


class TiedRegression(LogisticRegression):  # type: ignore[misc]
    """Has two classes as likely as each other in its first row, and predicts the second of them."""

    __module__ = "sklearn.tests"
    asked: list[int]

    def predict_proba(self, X: Any) -> Any:
        return np.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])[: len(X)]

    def predict(self, X: Any) -> Any:
        self.asked = [*getattr(self, "asked", []), len(X)]
        return np.ones(len(X), dtype=int)


@pytest.fixture
def metadata(iris_artifact: Artifact) -> Metadata:
    return replace(iris_artifact.metadata, classes=[0, 1])


def respond(metadata: Metadata, task: str, estimator: Any, **changes: Any) -> dict[str, Any]:
    """Return the arrays of the answers for `ROWS` as lists."""
    response = RESPONSES[task](estimator, replace(metadata, task=task, **changes))
    return {name: array.tolist() for name, array in response.ask(ROWS).items()}


def test_every_task_has_its_response() -> None:
    assert RESPONSES.keys() == set(TASKS)


def test_a_class_is_what_the_estimator_predicts_and_not_the_likeliest(metadata: Metadata) -> None:
    estimator = Estimator(predict=np.array([1, 1, 0]), predict_proba=[[0.9, 0.1], [0.6, 0.4], [0.5, 0.5]])
    arrays = respond(metadata, "classification", estimator, answers=["labels", "probabilities"])
    assert arrays == {"labels": [1, 1, 0], "probabilities": [[0.9, 0.1], [0.6, 0.4], [0.5, 0.5]]}


def test_near_a_tie_the_estimator_is_asked_with_all_rows(metadata: Metadata) -> None:
    estimator = type("LogisticRegression", (TiedRegression,), {"__module__": "sklearn.tests"})()
    estimator.classes_ = np.array([0, 1])
    arrays = respond(metadata, "classification", estimator, answers=["labels", "probabilities"])
    # The second row is decided by its probability, the first by the estimator.
    assert (arrays["labels"], estimator.asked) == ([1, 0, 1], [3])


@pytest.mark.parametrize(
    ("scores", "of_classes"),
    [
        (np.array([-1.0, 0.5, 2.0]), [[1.0, -1.0], [-0.5, 0.5], [-2.0, 2.0]]),
        (np.array([[1.0, 2.0]] * 3), [[1.0, 2.0]] * 3),
    ],
)
def test_there_is_a_score_of_each_class(metadata: Metadata, scores: Any, of_classes: Any) -> None:
    estimator = Estimator(predict=[0, 1, 1], decision_function=scores)
    arrays = respond(metadata, "classification", estimator, answers=["labels", "scores"])
    assert arrays == {"labels": [0, 1, 1], "scores": of_classes}


def test_a_class_may_come_alone(metadata: Metadata) -> None:
    arrays = respond(metadata, "classification", Estimator(predict=[[0], [1], [1]]), answers=["labels"])
    assert arrays == {"labels": [0, 1, 1]}


@pytest.mark.parametrize("values", [[1, 2, 3], [[1], [2], [3]]])
def test_a_value_is_a_column_however_it_comes(metadata: Metadata, values: Any) -> None:
    arrays = respond(metadata, "regression", Estimator(predict=values), targets=["p"])
    assert arrays == {"values": [[1.0], [2.0], [3.0]]}


@pytest.mark.parametrize(
    "shares",
    [
        np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]),
        [np.array([[0.9, 0.1], [0.7, 0.3], [0.5, 0.5]]), np.array([[0.8, 0.2], [0.6, 0.4], [0.4, 0.6]])],
    ],
)
@pytest.mark.parametrize("make", [np.array, csr_matrix])
def test_a_label_has_its_probability_however_those_come(metadata: Metadata, shares: Any, make: Any) -> None:
    estimator = Estimator(predict=make([[0, 1], [1, 1], [0, 0]]), predict_proba=shares)
    arrays = respond(metadata, "multilabel", estimator, targets=["p", "q"], answers=["labels", "probabilities"])
    assert arrays == {"labels": [[0, 1], [1, 1], [0, 0]], "probabilities": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]}


def test_a_label_that_training_knew_always_or_never_is_certain(metadata: Metadata) -> None:
    estimator = Estimator(
        predict=np.array([[0, 1]] * 3),
        predict_proba=[np.ones((3, 1)), np.ones((3, 1))],
        classes_=[np.array([0]), np.array([1])],
    )
    arrays = respond(metadata, "multilabel", estimator, targets=["p", "q"], answers=["labels", "probabilities"])
    assert arrays == {"labels": [[0, 1]] * 3, "probabilities": [[0.0, 1.0]] * 3}


def test_several_classes_have_their_probabilities_in_one_array(metadata: Metadata) -> None:
    estimator = Estimator(
        predict=np.array([["a", "2"], ["b", "3"], ["a", "1"]]),
        predict_proba=[np.full((3, 2), 0.5), np.full((3, 3), 0.25)],
    )
    changes: dict[str, Any] = {"targets": ["p", "q"], "classes": [["a", "b"], [1, 2, 3]]}
    arrays = respond(metadata, "multioutput", estimator, answers=["labels", "probabilities"], **changes)
    assert arrays == {"labels": [[0, 1], [1, 2], [0, 0]], "probabilities": [[0.5, 0.5, 0.25, 0.25, 0.25]] * 3}
    assert respond(metadata, "multioutput", estimator, answers=["labels"], **changes).keys() == {"labels"}


def test_an_outlier_has_its_score(metadata: Metadata) -> None:
    estimator = Estimator(predict=np.array([-1, 1, 1]), decision_function=np.array([[-0.5], [0.5], [1.5]]))
    arrays = respond(metadata, "outlier", estimator, answers=["labels", "scores"])
    assert arrays == {"labels": [-1, 1, 1], "scores": [-0.5, 0.5, 1.5]}
    assert respond(metadata, "outlier", estimator, answers=["labels"]) == {"labels": [-1, 1, 1]}


def test_a_cluster_is_its_index(metadata: Metadata) -> None:
    labels = np.array([2, 0, 1], dtype=np.int32)
    assert respond(metadata, "cluster", Estimator(predict=labels), answers=["labels"]) == {"labels": [2, 0, 1]}


@pytest.mark.parametrize(
    ("estimator", "fault"),
    [
        (object(), "the model has no predict_proba, so it gives no probabilities"),
        (Estimator(predict_proba=[]), "the model has no predict"),
        (
            Estimator(predict=[], predict_proba=[], classes_=[0, 1, 2]),
            "the model and the metadata disagree on the number",
        ),
        (LogisticRegression(), "the model is not fitted"),
    ],
)
def test_refuses_a_model_that_cannot_be_asked(metadata: Metadata, estimator: Any, fault: str) -> None:
    with pytest.raises(ArtifactCorrupt, match=fault):
        respond(metadata, "classification", estimator, answers=["labels", "probabilities"])
