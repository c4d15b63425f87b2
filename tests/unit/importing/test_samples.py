from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from app.artifacts.errors import NotPublishable
from app.importing.samples import shape_sample

CITIES = ["Bonn", "Oslo", "Rome"] * 20
Y = [city == "Rome" for city in CITIES]
SAMPLE = pd.DataFrame({"age": range(60), "city": pd.Categorical(CITIES)})
NUMBERS = SAMPLE[["age"]].assign(income=np.linspace(0.0, 9.5, 60))
ENCODING = make_pipeline(make_column_transformer((OneHotEncoder(), ["city"])), LogisticRegression())


def test_numbers_are_an_array_for_a_model_without_names() -> None:
    X = shape_sample(LogisticRegression().fit(NUMBERS.to_numpy(), Y), NUMBERS)
    assert isinstance(X, np.ndarray) and X.dtype == np.float64


def test_numbers_are_a_frame_for_a_model_with_names() -> None:
    assert shape_sample(LogisticRegression().fit(NUMBERS, Y), NUMBERS) is not None
    assert list(shape_sample(LogisticRegression().fit(NUMBERS, Y), NUMBERS).dtypes) == ["int64", "float64"]


def test_one_column_of_texts_is_a_list_for_a_model_without_names() -> None:
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(CITIES, Y)
    assert shape_sample(model, SAMPLE[["city"]]) == CITIES


def test_categories_are_strings_for_a_model_that_encodes_them() -> None:
    X = shape_sample(ENCODING.fit(SAMPLE.astype({"city": object}), Y), SAMPLE)
    assert X["city"].dtype == object


def test_categories_stay_where_nothing_else_is_answered() -> None:
    class OfCategories(HistGradientBoostingClassifier):  # type: ignore[misc]
        def predict(self, X: Any) -> Any:
            assert str(X["city"].dtype) == "category"
            return super().predict(X)

    model = OfCategories(categorical_features="from_dtype", max_iter=2).fit(SAMPLE, Y)
    assert str(shape_sample(model, SAMPLE)["city"].dtype) == "category"


def test_strings_among_numbers_are_an_array_of_objects_for_a_model_without_names() -> None:
    table = SAMPLE.astype({"city": object}).to_numpy(dtype=object)
    X = shape_sample(make_pipeline(OneHotEncoder(), LogisticRegression()).fit(table, Y), SAMPLE)
    assert X.dtype == object


@pytest.mark.parametrize(
    ("sample", "fault"),
    [
        (SAMPLE[:0], "The sample has no rows: "),
        (SAMPLE[["city", "age"]], "The columns of the sample are in another order"),
        (
            SAMPLE.assign(city="Ulm"),
            "The model has no answer for the first rows of the sample: ValueError",
        ),
    ],
)
def test_refuses_a_sample_that_the_model_has_no_answer_for(sample: pd.DataFrame, fault: str) -> None:
    with pytest.raises(NotPublishable) as refused:
        shape_sample(ENCODING.fit(SAMPLE.astype({"city": object}), Y), sample)
    assert str(refused.value).startswith(fault)


def test_counts_the_answers() -> None:
    class Single(LogisticRegression):  # type: ignore[misc]
        def predict(self, X: Any) -> Any:
            return super().predict(X)[:1]

    with pytest.raises(NotPublishable, match="it gives another number of answers than there are rows"):
        shape_sample(Single().fit(NUMBERS.to_numpy(), Y), NUMBERS)
