from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from app import create_app
from app.artifacts import AcceptancePolicy, read_artifact
from app.artifacts.errors import NotPublishable
from app.importing.importing import ImportOrder, import_model
from app.importing.testing import measure_version
from app.model.model import load_model
from app.settings import Settings
from app.web.service import serve_model
from tests.support.own_classes import pickle_with, write_package, write_sample

N = 200
RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "age": RANDOM.integers(18, 90, N),
        "income": RANDOM.normal(50, 20, N).round(2),
        "city": RANDOM.choice(["Bonn", "Oslo", "Rome"], N),
        "member": RANDOM.random(N) > 0.5,
    }
)
TABLE.loc[::7, "income"] = np.nan
CHURN = np.where(TABLE["age"] > 50, "yes", "no")
ENCODER = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), ["city"]),
    (SimpleImputer(), ["income"]),
    ("passthrough", ["age", "member"]),
)


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return make_pipeline(ENCODER, LogisticRegression(max_iter=2000)).fit(TABLE, CHURN)


@pytest.fixture
def order(tmp_path: Path, pipeline: Any) -> ImportOrder:
    """Return the order to import a model of mixed columns, with a sample that has its target."""
    joblib.dump(pipeline, tmp_path / "model.joblib")
    TABLE.assign(churn=CHURN).to_csv(tmp_path / "sample.csv", index=False)
    return ImportOrder(tmp_path / "model.joblib", tmp_path / "sample.csv", ["churn"], version="v1")


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


def test_a_model_of_mixed_columns_is_served_as_it_answers_itself(
    order: ImportOrder, artifact_dir: Path, pipeline: Any
) -> None:
    metadata = import_model(order, artifact_dir)
    app = create_app(Settings(artifact_dir=artifact_dir))
    serve_model(app, read_artifact(artifact_dir))
    instances = TABLE.astype(object).where(TABLE.notna(), None).to_dict("records")
    answered = app.test_client().post("/predict/batch?digits=17", json={"instances": instances}).get_json()
    given = [list(each["probabilities"].values()) for each in answered["predictions"]]
    assert np.array_equal(given, pipeline.predict_proba(TABLE))
    assert [column["kind"] for column in metadata.columns] == ["integer", "number", "category", "boolean"]
    assert metadata.metrics["sample"]["accuracy"] == np.mean(pipeline.predict(TABLE) == CHURN)
    assert metadata.sample_counts == {"sample": N}


def test_a_model_is_split_into_what_prepares_and_what_answers(order: ImportOrder, artifact_dir: Path) -> None:
    import_model(order, artifact_dir)
    preprocessor, estimator = read_artifact(artifact_dir).unpickle()
    assert (type(preprocessor).__name__, type(estimator).__name__) == ("ColumnTransformer", "LogisticRegression")


def test_a_pipeline_of_a_class_of_its_own_is_kept_whole(order: ImportOrder, artifact_dir: Path) -> None:
    from sklearn.model_selection import FixedThresholdClassifier

    whole = FixedThresholdClassifier(make_pipeline(ENCODER, LogisticRegression(max_iter=2000)), threshold=0.3)
    joblib.dump(whole.fit(TABLE, CHURN == "yes"), order.model)
    import_model(replace_order(order, targets=(), drop=["churn"]), artifact_dir)
    preprocessor, estimator = read_artifact(artifact_dir).unpickle()
    assert (preprocessor, type(estimator).__name__) == ("passthrough", "FixedThresholdClassifier")


def replace_order(order: ImportOrder, **changes: Any) -> ImportOrder:
    from dataclasses import replace

    return replace(order, **changes)


def test_a_forest_is_published_to_compute_in_one_thread(order: ImportOrder, artifact_dir: Path) -> None:
    joblib.dump(make_pipeline(ENCODER, RandomForestClassifier(5, n_jobs=-1)).fit(TABLE, CHURN), order.model)
    assert import_model(order, artifact_dir).hyperparameters["n_jobs"] == 1


def test_a_version_is_signed_where_there_is_a_key(order: ImportOrder, artifact_dir: Path) -> None:
    key = Ed25519PrivateKey.generate()
    import_model(order, artifact_dir, key)
    assert read_artifact(artifact_dir, policy=AcceptancePolicy(key.public_key())).is_signature_verified


@pytest.mark.parametrize("name", ["Scaler", "Local"])
def test_own_classes_are_served_from_the_version_alone(tmp_path: Path, artifact_dir: Path, name: str) -> None:
    package = write_package(tmp_path / "code")
    model = pickle_with(package.parent, name)
    order = ImportOrder(model, write_sample(tmp_path / "sample.csv"), ["label"], code=package.parent, version="v1")
    import_model(order, artifact_dir)
    tripling = write_package(tmp_path / "other", factor=3.0)
    expected = load_model(read_artifact(artifact_dir)).answer(np.ones((1, 3)))
    again = replace_order(order, model=pickle_with(tripling.parent), code=tripling.parent, version="v2")
    import_model(again, artifact_dir)
    both = [load_model(read_artifact(artifact_dir, version)) for version in ("v1", "v2")]
    assert both[0].answer(np.ones((1, 3))).probabilities.tolist() == expected.probabilities.tolist()
    assert [type(model.engine._preprocessor).__module__.partition(".")[2] for model in both] == [  # type: ignore[attr-defined]
        "fit" if name == "Local" else "shop.scaling",
        "shop.scaling",
    ]


def test_asks_for_the_code_of_what_was_pickled_by_value(order: ImportOrder, artifact_dir: Path) -> None:
    import cloudpickle
    from sklearn.preprocessing import FunctionTransformer

    table = TABLE[["age"]]
    model = make_pipeline(FunctionTransformer(lambda X: X * 2.0), LogisticRegression()).fit(table, CHURN)
    order.model.write_bytes(cloudpickle.dumps(model))
    table.to_csv(order.sample, index=False)
    with pytest.raises(NotPublishable, match="^The model cannot be pickled again .* belong in a file of their own, wh"):
        import_model(replace_order(order, targets=()), artifact_dir)


def drop_city(folder: Path) -> None:
    TABLE.drop(columns="city").to_csv(folder / "sample.csv", index=False)


@pytest.mark.parametrize(
    ("change", "damage", "fault"),
    [
        ({"targets": ["gone"]}, None, "The sample has no column 'gone' to be the target: it has 'age', 'income', "),
        ({"targets": ()}, None, "The sample has 'churn', which the model does not know. Leave out what it was not "),
        ({"targets": ()}, drop_city, "The sample has no column 'city', which the model was trained on."),
        ({"sample": None}, None, "{0}/model.joblib has no rows to try the model with: name a table of some, CSV or "),
        ({"model": Path("gone")}, None, "There is no file or folder gone."),
        ({"code": Path("gone")}, None, "There is no file or folder gone: --code names where the model's own code is."),
        ({"classes": ["a", "b"]}, None, "--classes names the classes of a model that predicts 0, 1, 2 …"),
        ({"task": "regression"}, None, "The model does not answer as one of the task regression does: could "),
    ],
)
def test_refuses_what_cannot_be_served_and_publishes_nothing(
    order: ImportOrder,
    artifact_dir: Path,
    tmp_path: Path,
    change: dict[str, Any],
    damage: Callable[[Path], None] | None,
    fault: str,
) -> None:
    if damage:
        damage(tmp_path)
    with pytest.raises(NotPublishable) as refused:
        import_model(replace_order(order, **change), artifact_dir)
    assert str(refused.value).startswith(fault.replace("{0}", str(tmp_path)))
    assert not (artifact_dir / "v1").exists()


def test_a_version_is_measured_on_another_table(order: ImportOrder, artifact_dir: Path, tmp_path: Path) -> None:
    import_model(order, artifact_dir)
    TABLE[:50].assign(churn=CHURN[:50], note="x").to_csv(tmp_path / "later.csv", index=False)
    tested = measure_version(artifact_dir, "v1", AcceptancePolicy(), tmp_path / "later.csv", ["churn"], ["note"])
    assert (tested.metrics["accuracy"], tested.n_rows) == (1.0, 50)


def test_a_clusterer_is_measured_in_what_it_sees_at_the_import_and_on_another_table(
    order: ImportOrder, artifact_dir: Path, tmp_path: Path
) -> None:
    search = GridSearchCV(make_pipeline(ENCODER, StandardScaler(), KMeans(2, random_state=0)), {"kmeans__n_init": [2]})
    search.fit(TABLE)
    joblib.dump(search, tmp_path / "model.joblib")
    TABLE.to_csv(tmp_path / "sample.csv", index=False)
    metadata = import_model(replace_order(order, targets=[]), artifact_dir)
    seen = search.best_estimator_[:-1].transform(TABLE)
    silhouette = silhouette_score(seen, search.predict(TABLE))
    assert metadata.metrics["sample"]["silhouette"] == pytest.approx(silhouette)
    tested = measure_version(artifact_dir, "v1", AcceptancePolicy(), tmp_path / "sample.csv", [])
    assert tested.metrics == pytest.approx(metadata.metrics["sample"])


@pytest.mark.parametrize("targets", [[], ["known"]])
def test_a_detector_is_measured_on_another_table_with_known_outliers_and_without(
    order: ImportOrder, artifact_dir: Path, tmp_path: Path, targets: list[str]
) -> None:
    detector = make_pipeline(ENCODER, IsolationForest(n_estimators=5, random_state=0)).fit(TABLE)
    joblib.dump(detector, tmp_path / "model.joblib")
    known = detector.predict(TABLE)
    TABLE.assign(**{name: known.astype(float) for name in targets}).to_csv(tmp_path / "sample.csv", index=False)
    metadata = import_model(replace_order(order, targets=targets), artifact_dir)
    tested = measure_version(artifact_dir, "v1", AcceptancePolicy(), tmp_path / "sample.csv", targets)
    assert tested.metrics == metadata.metrics["sample"]
    assert tested.metrics["outlier_share"] == np.mean(known == -1)
    assert tested.metrics.get("recall") == (1.0 if targets else None)


@pytest.mark.parametrize(
    ("table", "targets", "fault"),
    [
        (TABLE.assign(churn=CHURN), [], "Name the column that has what was right, one, with --target."),
        (TABLE.assign(churn=CHURN), ["gone"], "later.csv has no column 'gone': it has 'age', "),
        (TABLE.assign(churn=CHURN, more=1), ["churn"], "later.csv has the column 'more', which the version"),
        (
            TABLE.assign(churn=CHURN, age=None),
            ["churn"],
            "Version v1 does not take a row of later.csv",
        ),
    ],
)
def test_refuses_a_table_that_does_not_fit_the_version(
    order: ImportOrder, artifact_dir: Path, tmp_path: Path, table: pd.DataFrame, targets: list[str], fault: str
) -> None:
    import_model(order, artifact_dir)
    table.to_csv(tmp_path / "later.csv", index=False)
    with pytest.raises(NotPublishable) as refused:
        measure_version(artifact_dir, "v1", AcceptancePolicy(), tmp_path / "later.csv", targets)
    assert str(refused.value).startswith(fault)
