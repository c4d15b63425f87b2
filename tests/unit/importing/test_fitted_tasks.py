from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from app.artifacts.errors import NotPublishable
from app.importing.tasks import build_fitted

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)
LABELS = (X[:, :2] > 0).astype(int)
KINDS = np.where(X[:, :2] > 0, "warm", "cold")


@pytest.mark.parametrize(
    ("model", "task", "targets", "classes"),
    [
        (LogisticRegression().fit(X, Y), "classification", (), None),
        (Ridge().fit(X, X[:, 0]), "regression", ["target"], None),
        (Ridge().fit(X, X[:, :2]), "regression", ["target_0", "target_1"], None),
        (IsolationForest(n_estimators=5).fit(X), "outlier", (), None),
        (KMeans(2).fit(X), "cluster", (), None),
        (RandomForestClassifier(3).fit(X, LABELS), "multilabel", ["target_0", "target_1"], None),
        (MLPClassifier(max_iter=1000, random_state=0).fit(X, LABELS), "multilabel", ["target_0", "target_1"], None),
        (
            MultiOutputClassifier(LogisticRegression()).fit(X, KINDS),
            "multioutput",
            ["target_0", "target_1"],
            [["cold", "warm"]] * 2,
        ),
    ],
)
def test_knows_what_a_model_answers(model: Any, task: str, targets: Any, classes: Any) -> None:
    fitted = build_fitted(model, X[:3], None, (), None)
    assert (fitted.task, fitted.targets, fitted.classes) == (task, targets, classes)


def test_names_the_targets_as_the_user_does() -> None:
    assert build_fitted(Ridge().fit(X, X[:, 0]), X[:3], None, ["price"], None).targets == ["price"]


def test_names_the_classes_of_a_model_that_numbers_them() -> None:
    assert build_fitted(LogisticRegression().fit(X, Y), X[:3], None, (), ["no", "yes"]).classes == ["no", "yes"]


def test_takes_the_users_word_for_what_says_nothing_of_itself() -> None:
    silent = SimpleNamespace(predict=lambda X: np.zeros(len(X)))
    assert build_fitted(silent, X[:3], "regression", (), None).task == "regression"
    with pytest.raises(NotPublishable, match="SimpleNamespace does not say whether it is a classifier, a regressor, "):
        build_fitted(silent, X[:3], None, (), None)


@pytest.mark.parametrize(
    ("model", "targets", "classes", "fault"),
    [
        (StandardScaler().fit(X), (), None, "StandardScaler has no predict, so it cannot answer for new rows."),
        (Ridge().fit(X, X[:, :2]), ["a"], None, "The model predicts 2 targets, and 1 are named with --target: a."),
        (
            LogisticRegression().fit(X, np.where(Y, "b", "a")),
            (),
            ["no", "yes"],
            "--classes names the classes of a model that predicts 0, 1, 2 …, in that order; 2 are named, and this one "
            "predicts a, b.",
        ),
    ],
)
def test_refuses_what_does_not_fit(model: Any, targets: Any, classes: Any, fault: str) -> None:
    with pytest.raises(NotPublishable) as refused:
        build_fitted(model, X[:3], None, targets, classes)
    assert str(refused.value) == fault
