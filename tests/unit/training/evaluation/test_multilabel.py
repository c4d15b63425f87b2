from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, hamming_loss
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from training.evaluation import measure
from training.tasks import MULTIOUTPUT

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3))
LABELS = (X + RANDOM.normal(size=(80, 3)) > 0).astype(np.int64)


def test_measures_what_scikit_learn_measures() -> None:
    pipeline = make_pipeline(StandardScaler(), OneVsRestClassifier(LogisticRegression())).fit(X, LABELS)
    predicted = pipeline.predict(X)
    assert measure(pipeline, X, LABELS) == {
        "subset_accuracy": accuracy_score(LABELS, predicted),
        "hamming_loss": hamming_loss(LABELS, predicted),
        "f1_micro": f1_score(LABELS, predicted, average="micro"),
        "f1_macro": f1_score(LABELS, predicted, average="macro"),
    }


def test_measures_the_classes_of_each_target() -> None:
    y = LABELS.astype(object)
    y[:, 1] = np.where(LABELS[:, 1] == 1, "yes", "no")
    y = np.column_stack([np.where(LABELS[:, 0] == 1, "a", "b"), y[:, 1]])
    pipeline = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2, random_state=0)).fit(X, y)
    shares = np.mean(pipeline.predict(X) == y, axis=0)
    assert measure(pipeline, X, y, targets=["kind", "answer"]) == {
        "accuracy": pytest.approx(shares.mean()),
        "accuracy[kind]": shares[0],
        "accuracy[answer]": shares[1],
    }


def test_measures_a_part_in_which_0_and_1_alone_occur_as_its_task_says() -> None:
    y = np.column_stack([LABELS[:, 0], np.where(X[:, 2] > 1, 2, LABELS[:, 1])])
    pipeline = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2, random_state=0)).fit(X, y)
    rows = y.max(axis=1) < 2
    assert list(measure(pipeline, X[rows], y[rows], MULTIOUTPUT)) == ["accuracy", "accuracy[0]", "accuracy[1]"]
