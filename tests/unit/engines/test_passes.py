from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from app.engines.passes import PASS_ROWS, answers_by_row, compute_in_passes, find_order, transforms_by_row
from app.outputs.prediction import Arrays

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 30))
Y = (X[:, :3].sum(axis=1) > 0).astype(int)


class OwnScaler(StandardScaler):  # type: ignore[misc]
    """May compute otherwise than what it is derived from."""


@pytest.mark.parametrize("n_rows", [1, PASS_ROWS - 1, PASS_ROWS, PASS_ROWS + 1, 3 * PASS_ROWS])
@pytest.mark.parametrize("make", [np.asarray, np.asfortranarray, csr_matrix, np.ndarray.tolist])
def test_every_pass_has_one_shape(make: Any, n_rows: int) -> None:
    rows = np.arange(n_rows * 2.0).reshape(n_rows, 2)
    seen: list[tuple[tuple[int, ...], bool]] = []

    def compute(part: Any) -> Arrays:
        array = part.toarray() if hasattr(part, "toarray") else np.asarray(part)
        seen.append((array.shape, array.flags.c_contiguous))
        return {"values": array[:, :1] * 2, "labels": array[:, 1].astype(int)}

    arrays = compute_in_passes(compute, make(rows), n_rows)
    assert seen == [((PASS_ROWS, 2), True)] * -(-n_rows // PASS_ROWS)
    assert arrays["values"].tolist() == (rows[:, :1] * 2).tolist()
    assert arrays["labels"].tolist() == rows[:, 1].tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(), Ridge(), QuadraticDiscriminantAnalysis(), MLPRegressor(max_iter=2), KernelRidge(),
        make_pipeline(PCA(4), LogisticRegression()),
    ],
    ids=lambda estimator: type(estimator).__name__,
)  # fmt: skip
def test_a_row_is_answered_alone_as_in_any_batch(estimator: Any) -> None:
    estimator.fit(X, Y)
    ask = getattr(estimator, "predict_proba", estimator.predict)

    def compute(rows: NDArray[np.float64]) -> NDArray[Any]:
        return compute_in_passes(lambda part: {"values": ask(part)}, rows, len(rows))["values"]

    answers = compute(X)
    alone = np.concatenate([compute(X[row : row + 1]) for row in range(0, len(X), 7)])
    by_three = np.concatenate([compute(X[row : row + 3]) for row in range(0, len(X), 3)])
    assert alone.tobytes() == answers[::7].tobytes()
    assert by_three.tobytes() == answers.tobytes()


@pytest.mark.parametrize(
    ("preprocessor", "is_by_row"),
    [
        ("passthrough", True),
        (StandardScaler(), True),
        (PCA(2), False),
        (FunctionTransformer(), True),
        (FunctionTransformer(np.abs), False),
        (OwnScaler(), False),
        (make_pipeline(StandardScaler(), StandardScaler()), True),
        (make_pipeline(StandardScaler(), PCA(2)), False),
        (ColumnTransformer([("a", OneHotEncoder(), [0])], remainder="passthrough"), True),
        (ColumnTransformer([("a", make_pipeline(StandardScaler()), [0])]), True),
        (ColumnTransformer([("a", PCA(1), [0]), ("b", "drop", [1])]), False),
    ],
)
def test_knows_what_transforms_each_row_for_itself(preprocessor: Any, is_by_row: bool) -> None:
    if not isinstance(preprocessor, str):
        preprocessor.fit(X[:20, :2])
    assert transforms_by_row(preprocessor) == is_by_row


def test_knows_what_answers_each_row_for_itself() -> None:
    dense, sparse = X[:2], csr_matrix(X[:2])
    assert answers_by_row(RandomForestClassifier(), dense)
    assert answers_by_row(LinearSVC(), sparse)
    assert not answers_by_row(LinearSVC(), dense)
    assert not answers_by_row(MLPRegressor(), sparse)
    assert not answers_by_row(type("LinearSVC", (LinearSVC,), {})(), sparse)


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_keep_the_order_in_memory_that_several_rows_have(order: Any) -> None:
    assert find_order(np.asarray(X, order=order)) == order
    seen: list[str] = []

    def compute(part: Any) -> Arrays:
        seen.append(find_order(part))
        return {"values": part}

    for n_rows in (1, 3, PASS_ROWS + 1):
        compute_in_passes(compute, np.asarray(X[:n_rows], order=order), n_rows, order)
    assert seen == [order] * 4
