from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from app.evaluation import classification
from app.evaluation.classification import measure
from app.evaluation.predictions import Predictions
from app.evaluation.ranking import measure_ranking

# Few different scores, so that many are equal.
PAIRS = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0])), min_size=2, max_size=40)


@given(pairs=PAIRS.filter(lambda pairs: len({is_of_class for is_of_class, _ in pairs}) == 2))
def test_measures_what_scikit_learn_measures(pairs: list[tuple[bool, float]]) -> None:
    is_of_class, scores = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    expected = (roc_auc_score(is_of_class, scores), average_precision_score(is_of_class, scores))
    assert measure_ranking(is_of_class, scores) == pytest.approx(expected)


def predict_many_classes() -> Predictions:
    """Return made-up probabilities of 120 classes for 600 rows."""
    probabilities = np.random.default_rng(0).dirichlet(np.ones(120), size=600)
    return Predictions(probabilities.argmax(axis=1), probabilities, range(120))


def test_measures_many_classes_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.arange(600) % 120
    quickly = measure(predict_many_classes(), y)
    monkeypatch.setattr(classification, "MANY_CLASSES", 1000)
    assert measure(predict_many_classes(), y) == pytest.approx(quickly)


def test_does_not_call_scikit_learn_for_each_of_many_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "roc_auc_score", None)
    assert "roc_auc" in measure(predict_many_classes(), np.arange(600) % 120)
