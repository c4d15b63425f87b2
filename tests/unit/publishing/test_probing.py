from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from app.artifacts.errors import NotPublishable
from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.publishing.probing import probe_columns
from app.tables.kinds import find_columns

N_ROWS = 60
Y = np.resize([0, 1], N_ROWS)
CITIES = pd.DataFrame({"city": np.resize(["Rome", "Oslo", "Bonn"], N_ROWS), "age": np.arange(N_ROWS)})
GAPS = CITIES.assign(age=np.where(np.arange(N_ROWS) % 7 == 3, np.nan, CITIES["age"]))


def probe(model: Any, X: Any, container: str = "frame") -> list[Column]:
    names = list(X.columns) if hasattr(X, "columns") else [f"x{place}" for place in range(X.shape[1])]
    return probe_columns(model.predict, X, find_columns(X, names), container)


def encode(encoder: Any, numbers: Any = "passthrough") -> Any:
    return make_pipeline(
        make_column_transformer((encoder, ["city"]), (numbers, ["age"])), LogisticRegression(max_iter=999)
    )


@pytest.mark.parametrize(
    ("encoder", "is_open"),
    [
        (OneHotEncoder(), False),
        (OneHotEncoder(handle_unknown="ignore"), True),
        (OrdinalEncoder(), False),
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), True),
    ],
)
def test_a_category_is_open_where_the_model_answers_for_others(encoder: Any, is_open: bool) -> None:
    city, age = probe(encode(encoder).fit(CITIES, Y), CITIES)
    assert city == CategoryColumn("city", dtype="str", values=["Bonn", "Oslo", "Rome"], unseen=is_open)
    assert age.kind == "integer"


def test_a_category_of_pandas_is_closed_for_nothing_else_reaches_the_model() -> None:
    X = CITIES.astype({"city": "category"})
    model = HistGradientBoostingClassifier(max_iter=2, categorical_features="from_dtype").fit(X, Y)
    city = probe(model, X)[0]
    assert isinstance(city, CategoryColumn)
    assert not city.unseen


def test_integers_are_categories_where_the_model_refuses_others() -> None:
    X = np.resize([0, 1, 2, 3, 3], (N_ROWS, 2))
    assert probe(CategoricalNB().fit(X, Y), X, "array") == [
        CategoryColumn(name, dtype="int64", values=[0, 1, 2, 3]) for name in ("x0", "x1")
    ]
    assert [column.kind for column in probe(RandomForestClassifier(2).fit(X, Y), X, "array")] == ["integer"] * 2


def test_texts_are_categories_where_the_model_refuses_others() -> None:
    X = CITIES.assign(city=[f"city {number}" for number in range(N_ROWS)])
    assert find_columns(X, ["city", "age"])[0].kind == "text"
    city = probe(encode(OneHotEncoder()).fit(X, Y), X)[0]
    assert city == CategoryColumn("city", dtype="str", values=sorted(X["city"]))


def test_a_category_keeps_the_mark_of_its_gaps() -> None:
    X = CITIES.assign(city=pd.Series([None, *(f"city {number}" for number in range(1, N_ROWS))], dtype=object))
    city = probe(encode(OneHotEncoder()).fit(X, Y), X)[0]
    assert (city.kind, city.missing, city.gap) == ("category", True, "None")


def test_a_value_may_be_missing_where_the_model_answers_gaps() -> None:
    answering = encode(OneHotEncoder(), SimpleImputer()).fit(GAPS, Y)
    assert [column.missing for column in probe(answering, GAPS)] == [False, True]
    refusing = encode(OneHotEncoder(), StandardScaler()).fit(CITIES.astype({"age": float}), Y)
    assert [column.missing for column in probe(refusing, GAPS)] == [False, False]


def test_refuses_a_table_that_the_model_has_no_answer_for() -> None:
    model = encode(OneHotEncoder(), StandardScaler()).fit(CITIES, Y)
    with pytest.raises(NotPublishable) as refused:
        probe(model, CITIES.assign(city="Paris"))
    assert str(refused.value) == (
        "The model has no answer for the first row of the table. Was it trained on this table, with the columns in "
        "this order and of these types, and with gaps where this row has any?"
    )


def test_asks_few_times_where_few_values_are_refused() -> None:
    X = np.resize(np.arange(7), (N_ROWS, 100))
    asked: list[int] = []

    def predict(rows: Any) -> None:
        asked.append(len(rows))
        if (rows[:, 41] > 6).any():
            raise ValueError("found unknown categories")

    columns = probe_columns(predict, X, find_columns(X, [str(place) for place in range(100)]), "array")
    assert [column.name for column in columns if column.kind == "category"] == ["41"]
    assert len(asked) < 20
