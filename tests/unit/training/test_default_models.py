from __future__ import annotations

import pickle
import pickletools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from training.dataset import Dataset
from training.default_models import BOOSTING, LINEAR, is_plain, list_default_models
from training.picklable import check_picklable

N_ROWS = 120
KINDS = {
    "age": "integer", "income": "number", "member": "boolean", "city": "category", "note": "text", "since": "date-time",
    "until": "date-time", "late": "number",
}  # fmt: skip


@pytest.fixture(autouse=True)
def single_thread() -> Iterator[None]:
    """Have so small tables learnt by one thread, as a run does."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def table() -> pd.DataFrame:
    """Return a table of every kind of column, with gaps in each; the last column is empty but in the last rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, N_ROWS).astype(np.float64),
            "income": rng.normal(50, 20, N_ROWS),
            "member": pd.Series(rng.choice([True, False], N_ROWS), dtype=object),
            "city": pd.Categorical(rng.choice(["Rome", "Oslo", "Bonn"], N_ROWS)),
            "note": pd.Series([f"note {number} good" for number in range(N_ROWS)], dtype=object),
            "since": pd.date_range("2020-01-01", periods=N_ROWS, unit="us"),
            "until": pd.date_range("2021-01-01", periods=N_ROWS, freq="h", tz="UTC", unit="us"),
            "late": np.r_[np.full(N_ROWS - 5, np.nan), np.arange(5.0)],
        }
    )
    for place, name in enumerate(frame):
        frame.loc[place::11, name] = np.nan if frame[name].dtype.kind in "fO" else None
    return frame


def build_dataset(X: Any, y: Any, task: str, targets: list[str] | None = None) -> Dataset:
    names = list(X.columns) if hasattr(X, "columns") else [f"x{place}" for place in range(X.shape[1])]
    return Dataset("table", X, y, names, task, targets or [])


def answer(model: Any, X: Any) -> Any:
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@pytest.mark.parametrize("name", [BOOSTING, LINEAR])
@pytest.mark.parametrize("task", ["classification", "regression", "several"])
def test_learns_from_columns_of_every_kind_with_gaps(table: pd.DataFrame, name: str, task: str) -> None:
    numbers = np.arange(N_ROWS) % 3 * 1.5
    y: Any = {
        "classification": np.array(["a", "b", "c"] * 40, dtype=object),
        "regression": numbers,
        "several": np.column_stack([numbers, -numbers]),
    }[task]
    targets = ["u", "v"] if task == "several" else ["u"]
    dataset = build_dataset(table, y, "regression" if task == "several" else task, targets)
    build = list_default_models(dataset, KINDS, seed=1)[name]
    check_picklable(build())
    model = build().fit(dataset.X, dataset.y)
    again = build().fit(dataset.X, dataset.y)
    assert answer(model, dataset.X).tobytes() == answer(again, dataset.X).tobytes()
    assert np.isfinite(answer(pickle.loads(pickle.dumps(model)), dataset.X.iloc[:1])).all()


@pytest.mark.parametrize("name", [BOOSTING, LINEAR])
def test_names_no_code_of_this_project_in_its_pickle(table: pd.DataFrame, name: str) -> None:
    dataset = build_dataset(table, ["a", "b"] * 60, "classification")
    model = list_default_models(dataset, KINDS, seed=1)[name]().fit(dataset.X, dataset.y)
    operations = pickletools.genops(pickle.dumps(model, protocol=3))
    modules = {str(argument).split()[0].split(".")[0] for code, argument, _ in operations if code.name == "GLOBAL"}
    assert modules <= {"sklearn", "numpy", "pandas", "builtins", "functools", "operator"}


@pytest.mark.parametrize("name", [BOOSTING, LINEAR])
def test_learns_where_a_column_is_empty(table: pd.DataFrame, name: str) -> None:
    dataset = build_dataset(table, ["a", "b"] * 60, "classification")
    build = list_default_models(dataset, KINDS, seed=1)[name]
    first = np.arange(N_ROWS // 2)
    assert dataset.X["late"][first].isna().all()
    model = build().fit(dataset.X.iloc[first], dataset.y[first])
    assert len(model.predict(dataset.X)) == N_ROWS


def test_boosts_categories_of_more_values_than_there_are_bins() -> None:
    X = pd.DataFrame({"zip": pd.Categorical([f"zip {number % 300}" for number in range(9000)])})
    dataset = build_dataset(X, np.arange(9000) % 300 * 1.0, "regression")
    model = list_default_models(dataset, {"zip": "category"}, seed=1)[BOOSTING]().fit(dataset.X, dataset.y)
    assert model.score(dataset.X, dataset.y) > 0.2


def test_takes_a_value_that_it_has_not_seen_for_none(table: pd.DataFrame) -> None:
    dataset = build_dataset(table[["city", "age"]], ["a", "b"] * 60, "classification")
    strange, empty = dataset.X.iloc[:1].copy(), dataset.X.iloc[:1].copy()
    strange["city"], empty["city"] = pd.Categorical(["Paris"]), pd.Categorical([None], categories=["Rome"])
    model = list_default_models(dataset, KINDS, seed=1)[BOOSTING]().fit(dataset.X, dataset.y)
    assert model.predict_proba(strange).tolist() == model.predict_proba(empty).tolist()


def test_does_not_boost_many_classes() -> None:
    X = np.random.default_rng(0).normal(size=(93, 2))
    kinds = {"x0": "number", "x1": "number"}
    few = build_dataset(X[:90], np.arange(90) % 30, "classification")
    many = build_dataset(X, np.arange(93) % 31, "classification")
    assert list(list_default_models(few, kinds, seed=1)) == [BOOSTING, LINEAR]
    assert list(list_default_models(many, kinds, seed=1)) == [LINEAR]


@pytest.mark.parametrize("name", [BOOSTING, LINEAR])
def test_learns_plain_numbers_as_an_array(name: str) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    X[::20, 1] = np.nan
    dataset = build_dataset(X, X[:, 0], "regression")
    model = list_default_models(dataset, {"x0": "number", "x1": "number"}, seed=1)[name]().fit(X, dataset.y)
    assert model.score(X, dataset.y) > 0.5


def test_takes_a_table_for_plain_where_no_column_can_be_empty_in_a_fold() -> None:
    frame = pd.DataFrame({"a": np.arange(10), "b": [np.nan, *range(9)]})
    assert is_plain(frame, {"a": "integer", "b": "number"})
    assert not is_plain(frame, {"a": "integer", "b": "boolean"})
    frame.loc[1, "b"] = np.nan
    assert not is_plain(frame, {"a": "integer", "b": "number"})
