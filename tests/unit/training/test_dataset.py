from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression

from training.dataset import Dataset, DatasetInvalid, build_dataset
from training.tasks import CLASSIFICATION, CLUSTER, OUTLIER, REGRESSION

X = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
NAMES = ["a", "b"]


def explain(**facts: Any) -> str:
    """Return why a dataset with these facts is refused."""
    with pytest.raises(DatasetInvalid) as refused:
        Dataset(**{"name": "test", "X": X, "y": [0, 1, 1], "feature_names": NAMES, **facts})
    return str(refused.value)


def test_has_569_rows_of_30_named_features_in_two_classes(example_dataset: Dataset) -> None:
    assert example_dataset.X.shape == (569, 30)
    assert (len(example_dataset.feature_names), example_dataset.feature_names[0]) == (30, "mean radius")


def test_holds_the_rows_of_the_example_bit_for_bit(example_dataset: Dataset) -> None:
    digests = [hashlib.sha256(each.tobytes()).hexdigest()[:16] for each in (example_dataset.X, example_dataset.y)]
    assert digests == ["6b202a2072f9a038", "1763c0f8cd3f454b"]


def test_numbers_the_classes_in_the_order_of_their_names(example_dataset: Dataset) -> None:
    assert example_dataset.classes == ["malignant", "benign"]
    assert example_dataset.own_classes == [0, 1]
    assert np.bincount(example_dataset.y).tolist() == [212, 357]


def test_holds_numbers_of_64_bits(example_dataset: Dataset) -> None:
    assert (example_dataset.X.dtype.name, example_dataset.y.dtype.name) == ("float64", "int64")


def test_has_names_that_are_plain_strings(example_dataset: Dataset) -> None:
    assert {type(name) for name in example_dataset.feature_names + example_dataset.classes} == {str}


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (["no", "yes", "no"], ["no", "yes"]),
        ([True, False, True], [False, True]),
        ([5, 3, 4], [3, 4, 5]),
        (pd.Series(["b", "a", "b"]), ["a", "b"]),
        (pd.Series(["b", "a", "b"], dtype="category"), ["a", "b"]),
        (pd.Series([7, 2, 7], dtype="Int64"), [2, 7]),
        (np.array([1, 2, 2], dtype=np.uint8), [1, 2]),
    ],
)
def test_calls_the_classes_what_they_are(y: Any, classes: list[Any]) -> None:
    dataset = Dataset("test", X, y, NAMES)
    assert (dataset.classes, dataset.own_classes) == (classes, classes)
    assert LogisticRegression().fit(dataset.X, dataset.y).classes_.tolist() == classes
    assert {type(each) for each in dataset.classes} == {type(classes[0])}


def test_never_swaps_classes_that_are_named_in_another_order() -> None:
    dataset = Dataset("test", X, ["low", "mid", "high"], NAMES, classes=["low", "mid", "high"])
    assert dataset.classes == ["high", "low", "mid"]


@pytest.mark.parametrize(
    ("y", "classes", "sentence"),
    [
        (
            ["low", "mid", "high"],
            ["l", "m", "h"],
            "Names can be given to classes 0 to 2, one each, and y holds 'high', 'low', 'mid': "
            "leave the names out, and the classes are called what they are.",
        ),
        (
            [0, 1, 1],
            ["only"],
            "Names can be given to classes 0 to 0, one each, and y holds 0, 1: "
            "leave the names out, and the classes are called what they are.",
        ),
        ([0, 1, 1], ["no", "no"], "The names of classes must be distinct texts, not 'no', 'no'."),
        ([0, 1, 1], [1, 0], "The names of classes must be distinct texts, not 1, 0."),
    ],
)
def test_refuses_names_of_classes_that_could_be_swapped(y: Any, classes: list[Any], sentence: str) -> None:
    assert explain(y=y, classes=classes) == sentence


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (np.array(X, dtype=np.float32), "float64"),
        (np.array(X, dtype=np.float16), "float64"),
        (np.array(X, dtype=np.int8), "int64"),
        (np.array(X) > 3, "bool"),
        ([[1, None], [2, 3], [4, 5]], "float64"),
        ([["a", 1.5], ["b", None], ["c", 2]], "object"),
    ],
)
def test_casts_an_array_once(given: Any, dtype: str) -> None:
    dataset = Dataset("test", given, [0, 1, 1], NAMES)
    assert dataset.X.dtype.name == dtype
    assert dataset.X.shape == (3, 2)


def test_keeps_gaps() -> None:
    dataset = Dataset("test", [[1, np.nan], [None, 2.5], [3, 4]], [0, 1, 1], NAMES)
    assert np.isnan(dataset.X).tolist() == [[False, True], [True, False], [False, False]]


def test_keeps_a_frame_with_wide_numbers_and_rows_from_0() -> None:
    frame = pd.DataFrame(
        {
            "f": np.array([1, 2, 3], dtype=np.float32),
            "i": np.array([1, 2, 3], dtype=np.int16),
            "n": pd.array([1, None, 3], dtype="Int64"),
            "w": pd.array([1, 2, 3], dtype="Int32"),
            "t": ["a", None, "c"],
            "c": pd.Categorical(["x", "y", "x"]),
            "d": pd.to_datetime(["2026-01-01", "2026-01-02", None]),
            "b": [True, False, True],
        },
    ).set_index(np.array([7, 5, 3]))
    dataset = build_dataset("test", frame, [0, 1, 1], estimator=LogisticRegression())
    assert dataset.feature_names == list("finwtcdb")
    assert [dtype.name for dtype in dataset.X.dtypes.iloc[:4]] == ["float64", "int64", "float64", "int64"]
    assert dataset.X.dtypes.iloc[4:].tolist() == frame.dtypes.iloc[4:].tolist()
    assert (dataset.X.index.tolist(), dataset.X["f"].tolist()) == ([0, 1, 2], [1.0, 2.0, 3.0])


def test_names_the_columns_of_a_frame_in_texts() -> None:
    assert Dataset("test", pd.DataFrame(X), [0, 1, 1], []).X.columns.tolist() == ["0", "1"]


@pytest.mark.parametrize("texts", [["a", "b", "c"], pd.Series(["a", "b", "c"], name="text"), np.array(["a", "b", "c"])])
def test_takes_texts_as_one_column(texts: Any) -> None:
    dataset = build_dataset("test", texts, [0, 1, 1], estimator=LogisticRegression())
    assert (dataset.X.tolist(), dataset.feature_names) == (["a", "b", "c"], ["text"])


def test_makes_names_for_the_columns_of_an_array() -> None:
    dataset = build_dataset("test", X, [0.5, 1, 2], estimator=LinearRegression())
    assert (dataset.feature_names, dataset.targets, dataset.task) == (
        ["feature_0", "feature_1"],
        ["target"],
        REGRESSION,
    )


@pytest.mark.parametrize(
    ("y", "targets"),
    [
        (pd.DataFrame({"price": [1, 2, 3], "rent": [4, 5, 6]}), ["price", "rent"]),
        (np.ones((3, 2)), ["target_0", "target_1"]),
        (pd.Series([1, 2, 3], name="price"), ["price"]),
    ],
)
def test_names_the_targets(y: Any, targets: list[str]) -> None:
    assert build_dataset("test", X, y, estimator=LinearRegression()).targets == targets


def test_learns_one_target_from_a_table_of_one_column() -> None:
    assert Dataset("test", X, pd.DataFrame({"y": [0, 1, 1]}), NAMES).y.shape == (3,)


def test_learns_without_y_where_the_task_has_none() -> None:
    for estimator, task in ((KMeans(), CLUSTER), (IsolationForest(), OUTLIER)):
        dataset = build_dataset("test", X, estimator=estimator)
        assert (dataset.y, dataset.task, dataset.targets, dataset.classes) == (None, task, [], [])


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"X": [1.0, 2.0, 3.0]},
            "X must have rows and columns, or be a sequence of texts: it has 1 dimensions, not 2.",
        ),
        ({"X": [[1.0], [2.0, 3.0]]}, "X has rows of different lengths."),
        ({"X": np.empty((0, 2))}, "X must have at least one row and one column: rows 0, columns 2."),
        ({"X": np.empty((3, 0))}, "X must have at least one row and one column: rows 3, columns 0."),
        ({"X": pd.DataFrame()}, "X must have at least one row and one column: rows 0, columns 0."),
        ({"X": ["a", None, "b"]}, "X is a sequence of texts, but row 1 is none: leave that row out, or name a text."),
        (
            {"X": [[1, 2], [3, np.inf], [5, 6]]},
            "The column 'b' holds an infinite number, first in row 1: leave that row out, or have it be a gap (NaN).",
        ),
        (
            {"X": pd.DataFrame({"a": [1.0, -np.inf, 1.0], "b": ["x", "y", "z"]})},
            "The column 'a' holds an infinite number, first in row 1: leave that row out, or have it be a gap (NaN).",
        ),
        ({"X": np.ones((3, 2), dtype=complex)}, "X holds complex numbers, which no model is trained on here."),
        ({"X": np.zeros(3, dtype="i4,f4")}, "X holds structured values, which no model is trained on here."),
        (
            {"X": [[1, 2**64], [3, 4], [5, 6]]},
            "X holds a whole number beyond 64 bits with a sign: make it a float.",
        ),
        (
            {"X": np.full((3, 2), 2**63, dtype=np.uint64)},
            "X holds a whole number beyond 64 bits with a sign: make it a float.",
        ),
        (
            {"X": [[1, {}], [3, 4], [5, 6]]},
            "X holds a value of the type dict: it must be texts, numbers or booleans.",
        ),
        (
            {"X": pd.DataFrame({"a": pd.to_timedelta([1, 2, 3]), "b": [1, 2, 3]})},
            "The column 'a' holds durations, which no model is trained on here.",
        ),
        (
            {"X": pd.DataFrame({"a": pd.period_range("2026-01", periods=3, freq="M"), "b": [1, 2, 3]})},
            "The column 'a' is of the type period[M]: it must be of numbers, booleans, categories, texts or dates.",
        ),
        (
            {"feature_names": ["a", "b", "c"]},
            "There must be a name for each column of X: names 3, columns 2.",
        ),
        ({"feature_names": ["a"]}, "There must be a name for each column of X: names 1, columns 2."),
        (
            {"feature_names": ["a", "a"]},
            "The columns of X must have distinct names: 'a' names the columns 0 and 1.",
        ),
        (
            {"X": pd.DataFrame(X, columns=["a", "a"])},
            "The columns of X must have distinct names: 'a' names the columns 0 and 1.",
        ),
        (
            {"X": pd.DataFrame(X, columns=["b", "a"])},
            "The feature names are not those of the DataFrame's columns: leave them out.",
        ),
        ({"feature_names": ["a", " "]}, "The name of a column must be a text that is not empty, not ' '."),
        ({"feature_names": ["a", None]}, "The name of a column must be a text that is not empty, not None."),
        ({"feature_names": ["a", "\ud800"]}, "The name of a column cannot be written as UTF-8: '\\ud800'."),
        ({"y": [0, 1]}, "y must be as long as X: 2 and 3 rows."),
        ({"y": 1}, "y must be as long as X: 0 and 3 rows."),
        ({"y": None}, "There is no y, and classification is learnt from one."),
        ({"y": ["a", None, "b"]}, "y has no value in 1 rows, first in row 1: leave those rows out."),
        ({"y": [np.nan, np.nan, 1]}, "y has no value in 2 rows, first in row 0: leave those rows out."),
        ({"y": ["a", "a", "a"]}, "y must hold at least two classes, and is a in every row."),
        ({"y": ["a", 1, 2]}, "y mixes texts with numbers or booleans: make all of its classes texts."),
        (
            {"y": [0.5, 1, 1]},
            "A classifier learns classes, and y holds fractions: choose a regressor, or round them.",
        ),
        ({"y": np.array([1, 1, 0], dtype="M8[s]")}, "y holds dates, which no model is trained on here."),
        ({"y": [[0, 1]] * 3}, "y has 2 dimensions, which is not what classification is learnt from."),
        (
            {"y": ["a", "b", "b"], "task": REGRESSION},
            "A regressor learns numbers, and y holds texts: choose a classifier, or give it numbers.",
        ),
        (
            {"y": [1, np.inf, 1], "task": REGRESSION},
            "y holds an infinite number, first in row 1: leave that row out.",
        ),
        ({"y": [0, 1, 1], "task": CLUSTER}, "A clusterer learns without y: leave it out."),
        (
            {"y": [0, 1, 1], "task": OUTLIER},
            "y must hold -1 for an outlier and 1 for an inlier, as the answers of a detector do.",
        ),
        ({"groups": [1, 2]}, "There must be one of the groups for each row of X: 2 for 3 rows."),
        ({"times": [1, None, 2]}, "The times have gaps in 1 rows, first in row 1: fill them."),
        (
            {"times": np.array([1, "a", 2], dtype=object)},
            "The times cannot be put in order: make them all of one type.",
        ),
        (
            {"groups": [1, 2, 2], "times": [1, 2, 3]},
            "Rows are split by groups or by times, not by both: leave one out.",
        ),
    ],
)
def test_refuses_what_no_model_can_be_trained_on(facts: dict[str, Any], sentence: str) -> None:
    assert explain(**facts) == sentence


def test_refuses_a_sparse_matrix() -> None:
    from scipy.sparse import csr_matrix

    assert explain(X=csr_matrix(X)) == "X is sparse: hand it over dense, with toarray()."


def test_puts_times_in_order_whatever_they_are() -> None:
    for times in (
        ["2026-03-01", "2026-01-01", "2026-02-01"],
        pd.to_datetime(["2026-03-01", "2026-01-01", "2026-02-01"]),
    ):
        assert Dataset("test", X, [0, 1, 1], NAMES, times=times).times.tolist() == [2, 0, 1]
    aware = pd.Series(pd.to_datetime(["2026-03-01", "2026-01-01", "2026-02-01"], utc=True))
    assert Dataset("test", X, [0, 1, 1], NAMES, times=aware).times.tolist() == [2, 0, 1]


def test_is_of_the_task_of_the_estimator() -> None:
    assert build_dataset("test", X, [0, 1, 1], estimator=LogisticRegression()).task == CLASSIFICATION
