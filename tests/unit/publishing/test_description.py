from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from app.artifacts import Golden, Metadata, pack_artifact
from app.artifacts.errors import NotPublishable
from app.publishing.description import N_GOLDEN_ROWS, Provenance, create_version_name, describe_model
from app.publishing.models import FittedModel

N_ROWS = 100
RNG = np.random.default_rng(0)
X = pd.DataFrame({
    "age": RNG.integers(18, 90, N_ROWS),
    "income": np.where(np.arange(N_ROWS) % 7 == 3, np.nan, RNG.normal(50, 20, N_ROWS)),
    "city": RNG.choice(["Rome", "Oslo", "Bonn"], N_ROWS),
    "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 1000, N_ROWS), unit="D"),
})  # fmt: skip
PREPARE = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), ["city"]), (SimpleImputer(), ["income"]), ("passthrough", ["age"])
)
Y = np.where(X["age"] > 50, "old", "young")


def describe(model: Any, task: str, y: Any = None, **changes: Any) -> tuple[Metadata, Golden]:
    fitted = FittedModel(make_pipeline(PREPARE, model).fit(X, y), task, **changes)
    provenance = Provenance("customers", list(X.columns), {"test": {"score": np.float64(0.5)}}, {"total": 100})
    return describe_model("v1", fitted, provenance, X, X[:80], X[80:])


@pytest.fixture(scope="module")
def classifier() -> tuple[Metadata, Golden]:
    return describe(LogisticRegression(max_iter=2000), "classification", Y)


def test_describes_the_columns_and_the_answers(classifier: tuple[Metadata, Golden]) -> None:
    metadata = classifier[0]
    found = [(column["name"], column["kind"], column["missing"], column["dtype"]) for column in metadata.columns]
    assert found == [
        ("age", "integer", False, "int64"),
        ("income", "number", True, "float64"),
        ("city", "category", False, "str"),
        ("since", "date-time", False, str(X["since"].dtype)),
    ]
    assert (metadata.columns[2]["values"], metadata.columns[2]["unseen"]) == (["Bonn", "Oslo", "Rome"], True)
    assert (metadata.container, metadata.task, metadata.answers) == (
        "frame",
        "classification",
        ["labels", "probabilities"],
    )
    assert (metadata.classes, metadata.targets, metadata.threshold) == (["old", "young"], [], None)
    assert metadata.library_versions["pandas"] == pd.__version__


def test_describes_the_training_rows(classifier: tuple[Metadata, Golden]) -> None:
    metadata, trained = classifier[0], X[:80]
    assert metadata.feature_ranges == {
        name: {"min": float(trained[name].min()), "max": float(trained[name].max())} for name in ("age", "income")
    }
    assert metadata.feature_distributions["income"]["missing"] == [trained["income"].isna().mean()]
    shares = [float((trained["city"] == city).mean()) for city in ("Bonn", "Oslo", "Rome")]
    assert metadata.feature_distributions["city"] == {"shares": shares}
    assert sum(metadata.prediction_shares) == 1.0


def test_metadata_and_golden_rows_read_back_as_they_are(classifier: tuple[Metadata, Golden]) -> None:
    metadata, golden = classifier
    files = pack_artifact(metadata, golden, "passthrough", "passthrough")
    assert replace(Metadata.from_json(json.loads(files["metadata.json"])), files={}) == metadata
    read = Golden.from_json(json.loads(json.dumps(golden.to_json())), metadata.build_output())
    assert read.list_instances() == golden.list_instances()
    assert {name: array.tobytes() for name, array in read.arrays.items()} == {
        name: array.tobytes() for name, array in golden.arrays.items()
    }


def test_golden_rows_are_real_ones_as_requests_write_them(classifier: tuple[Metadata, Golden]) -> None:
    instances = classifier[1].list_instances()
    assert len(instances) == N_GOLDEN_ROWS
    row = X.iloc[80]
    assert instances[0][::2] == [int(row["age"]), row["city"]]
    assert instances[0][3] == f"{row['since']:%Y-%m-%dT%H:%M:%S}Z"
    assert [values[1] is None for values in instances] == X["income"][80:].isna().tolist()


def test_describes_the_numbers_that_a_regressor_predicts() -> None:
    metadata, golden = describe(Ridge(), "regression", np.column_stack([X["age"], -X["age"]]), targets=["p", "q"])
    assert (metadata.answers, metadata.targets) == (["values"], ["p", "q"])
    assert [len(deciles) for deciles in metadata.prediction_deciles] == [9, 9]
    assert all(sorted(deciles) == deciles for deciles in metadata.prediction_deciles)
    assert metadata.prediction_shares == pytest.approx([0.1] * 20)
    assert golden.arrays["values"].shape == (N_GOLDEN_ROWS, 2)


def test_describes_clusters() -> None:
    metadata, golden = describe(KMeans(3, n_init=1, random_state=0), "cluster")
    assert (metadata.classes, metadata.answers) == ([0, 1, 2], ["labels"])
    assert golden.arrays.keys() == {"labels"}


def test_numbers_of_numpy_are_plain_in_metadata() -> None:
    metadata, _ = describe(LogisticRegression(C=np.float64(2), max_iter=np.int64(2000)), "classification", Y)
    assert (metadata.hyperparameters["C"], metadata.hyperparameters["max_iter"]) == (2.0, 2000)
    assert (metadata.metrics, metadata.sample_counts) == ({"test": {"score": 0.5}}, {"total": 100})
    json.dumps(metadata.to_json(), allow_nan=False)


def test_refuses_names_that_are_not_as_many_as_the_columns() -> None:
    model = FittedModel(LogisticRegression().fit(X[["age"]], Y), "classification")
    with pytest.raises(NotPublishable) as refused:
        describe_model("v1", model, Provenance("d", ["a", "b"], {}, {}), X[["age"]], X[["age"]], X[["age"]])
    assert str(refused.value) == "There are 2 feature names for 1 column. Give each column one name."


def test_a_version_is_named_by_its_time() -> None:
    assert len(create_version_name()) == len("20260131T120000.123Z")
