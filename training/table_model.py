"""The default models for a table of columns of any kinds: boosted trees, and a linear one.

Both are made of the classes and functions of scikit-learn and pandas alone, as a service has none of this code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from training.packing import build_pipeline
from training.tasks import REGRESSION

# What histogram boosting has bins for.
_MAX_BOOSTED_VALUES = 255
# Words that each text column becomes a number for: trees look at all of them, a linear model at those that occur.
_BOOSTED_WORDS, _LINEAR_WORDS = 200, 20_000
_LEAST_ROWS_A_VALUE = 5
# Words of one letter count too.
_WORD = r"(?u)\b\w+\b"
_PARTS_OF_TIMES = ("year", "day_of_year", "day_of_week", "hour")


@dataclass(frozen=True)
class ColumnGroups:
    """The names of the columns that are prepared alike."""

    numbers: list[str]
    categories: list[str]
    texts: list[str]
    times: list[str]


def group_columns(kinds: Mapping[str, str]) -> ColumnGroups:
    """Return the columns of a table by what becomes of their kinds."""

    def choose(*chosen: str) -> list[str]:
        return [name for name, kind in kinds.items() if kind in chosen]

    return ColumnGroups(choose("number", "integer", "boolean"), choose("category"), choose("text"), choose("date-time"))


def build_boosting(columns: ColumnGroups, task: str, n_targets: int, seed: int) -> Pipeline:
    """Return histogram boosting that knows which columns are categories, and takes gaps for what they are."""
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=float("nan"),
        encoded_missing_value=float("nan"),
        max_categories=_MAX_BOOSTED_VALUES,
    )
    prepare = ColumnTransformer(
        [
            ("categories", codes, columns.categories),  # first, so that the estimator is told their places
            ("numbers", make_pipeline(_build_floats(), *_list_sieves(columns.numbers)), columns.numbers),
            *(
                (part, make_pipeline(_build_part_of_time(part), *_list_sieves(columns.times)), columns.times)
                for part in _PARTS_OF_TIMES
                if columns.times
            ),
            *_list_texts(columns, _BOOSTED_WORDS),
        ],
        sparse_threshold=0,
    )
    return build_pipeline(prepare, build_trees(task, n_targets, seed, n_categories=len(columns.categories)))


def build_linear(columns: ColumnGroups, task: str, n_targets: int, seed: int) -> Pipeline:
    """Return a linear model of scaled numbers, of a weight for each value of a category and each word."""
    values = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=_LEAST_ROWS_A_VALUE)
    times = ColumnTransformer([(part, _build_part_of_time(part), columns.times) for part in _PARTS_OF_TIMES])
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(_build_floats(), *_list_fillers()), columns.numbers),
            ("categories", values, columns.categories),
            *([("times", make_pipeline(times, *_list_fillers()), columns.times)] if columns.times else []),
            *_list_texts(columns, _LINEAR_WORDS),
        ]
    )
    return build_pipeline(prepare, build_linear_estimator(task, n_targets, seed))


def build_trees(task: str, n_targets: int, seed: int, n_categories: int = 0) -> Any:
    """Return histogram boosting of columns of which the first ones are codes of categories."""
    family = HistGradientBoostingRegressor if task == REGRESSION else HistGradientBoostingClassifier
    places = list(range(n_categories))
    # Stopping early would hold out rows by class, which a class of one row does not survive.
    trees = family(categorical_features=places or None, early_stopping=False, random_state=seed)
    return _repeat(trees, task, n_targets)


def build_linear_estimator(task: str, n_targets: int, seed: int) -> Any:
    """Return ridge regression, or logistic regression."""
    if task == REGRESSION:
        return Ridge(random_state=seed)
    return _repeat(LogisticRegression(max_iter=2000, random_state=seed), task, n_targets)


def _build_floats() -> FunctionTransformer:
    return FunctionTransformer(pd.DataFrame.astype, kw_args={"dtype": "float64"})


def _list_sieves(names: Sequence[str]) -> list[Any]:
    """Return what keeps the columns that have any value but 0 where it is fitted: boosting fails at empty ones.

    Which ones these are is remembered by number: names would be pandas' own strings, which load only beside pyarrow.
    """
    number = FunctionTransformer(pd.DataFrame.set_axis, kw_args={"labels": range(len(names)), "axis": 1})
    return [number, ColumnTransformer([("kept", "passthrough", pd.DataFrame.any)])]


def _list_fillers() -> list[Any]:
    return [SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()]


def _build_part_of_time(part: str) -> FunctionTransformer:
    return FunctionTransformer(pd.DataFrame.apply, kw_args={"func": attrgetter(f"dt.{part}")})


def _list_texts(columns: ColumnGroups, n_words: int) -> list[tuple[str, Any, str]]:
    """Return what makes numbers of each text column; a missing text has no words."""
    fill = FunctionTransformer(pd.Series.fillna, kw_args={"value": ""})
    return [
        (f"text_{number}", make_pipeline(fill, TfidfVectorizer(max_features=n_words, token_pattern=_WORD)), name)
        for number, name in enumerate(columns.texts)
    ]


def _repeat(estimator: Any, task: str, n_targets: int) -> Any:
    """Return the estimator, once for each target where there are several."""
    if n_targets == 1:
        return estimator
    return MultiOutputRegressor(estimator) if task == REGRESSION else MultiOutputClassifier(estimator)
