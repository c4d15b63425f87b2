from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from training.evaluation import classification
from training.evaluation.classification import measure
from training.evaluation.ranking import measure_ranking

# Few different scores, so that many are equal.
PAIRS = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0])), min_size=2, max_size=40)


@given(pairs=PAIRS.filter(lambda pairs: len({is_of_class for is_of_class, _ in pairs}) == 2))
def test_measures_what_scikit_learn_measures(pairs: list[tuple[bool, float]]) -> None:
    is_of_class, scores = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    expected = (roc_auc_score(is_of_class, scores), average_precision_score(is_of_class, scores))
    assert measure_ranking(is_of_class, scores) == pytest.approx(expected)


class Oracle:
    """Predicts made-up probabilities of many classes."""

    classes_ = np.arange(120)

    def predict(self, X: Any) -> Any:
        return self.predict_proba(X).argmax(axis=1)

    def predict_proba(self, X: Any) -> Any:
        return np.random.default_rng(0).dirichlet(np.ones(120), size=len(X))


def test_measures_many_classes_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline: Any = Oracle()
    X, y = np.zeros((600, 1)), np.arange(600) % 120
    quickly = measure(pipeline, X, y)
    monkeypatch.setattr(classification, "MANY_CLASSES", 1000)
    assert measure(pipeline, X, y) == pytest.approx(quickly)


def test_does_not_call_scikit_learn_for_each_of_many_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "roc_auc_score", None)
    pipeline: Any = Oracle()
    assert "roc_auc" in measure(pipeline, np.zeros((600, 1)), np.arange(600) % 120)
