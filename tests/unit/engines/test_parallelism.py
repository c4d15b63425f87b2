from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from app.engines.parallelism import answer_in_single_thread, keep_to_share, share_processors, use_single_thread

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
Y = (X[:, 0] + RANDOM.normal(size=60) > 0).astype(np.int64)


def build_forest(n_jobs: int = 2) -> RandomForestClassifier:
    return RandomForestClassifier(n_estimators=7, random_state=0, n_jobs=n_jobs)


def build_neighbours() -> KNeighborsClassifier:
    return KNeighborsClassifier(n_jobs=2)


@pytest.mark.parametrize(
    ("pipeline", "find_parts"),
    [
        (build_forest(), lambda fitted: [fitted]),
        (make_pipeline(StandardScaler(), build_forest()), lambda fitted: [fitted[-1]]),
        (
            make_pipeline(ColumnTransformer([("a", StandardScaler(), [0])]), build_forest()),
            lambda fitted: [fitted[0], fitted[1]],
        ),
        (
            GridSearchCV(build_forest(), {"max_depth": [2]}, cv=2),
            lambda fitted: [fitted, fitted.estimator, fitted.best_estimator_],
        ),
        (
            VotingClassifier([("a", build_forest()), ("b", build_neighbours())]),
            lambda fitted: [fitted, *fitted.estimators_, *fitted.named_estimators_.values()],
        ),
        (
            StackingClassifier([("a", build_neighbours())], final_estimator=build_forest(), cv=2),
            lambda fitted: [fitted, *fitted.estimators_, fitted.final_estimator_],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_part_of_an_estimator_computes_in_one_thread(pipeline: Any, find_parts: Any) -> None:
    pipeline.fit(X, Y)
    use_single_thread(pipeline)
    assert [part.n_jobs for part in find_parts(pipeline)] == [1] * len(find_parts(pipeline))


def test_changes_no_answer() -> None:
    for estimator in (build_neighbours(), make_pipeline(StandardScaler(), LogisticRegression(n_jobs=None))):
        before = estimator.fit(X, Y).predict_proba(X)
        use_single_thread(estimator)
        assert estimator.predict_proba(X).tobytes() == before.tobytes()


def test_a_forest_answers_as_one_that_was_fitted_in_one_thread() -> None:
    forest = build_forest().fit(X, Y)
    use_single_thread(forest)
    assert forest.predict_proba(X).tobytes() == build_forest(1).fit(X, Y).predict_proba(X).tobytes()


def test_finds_estimators_in_arrays_of_objects() -> None:
    estimator = MultiOutputClassifier(build_forest()).fit(X, np.column_stack([Y, 1 - Y]))
    estimator.kept_ = np.array([build_forest(), None], dtype=object)
    use_single_thread(estimator)
    assert [each.n_jobs for each in (*estimator.estimators_, estimator.kept_[0])] == [1, 1, 1]


def test_comes_to_an_end_in_what_holds_itself() -> None:
    estimator = build_forest()
    estimator.own_ = [estimator]
    use_single_thread(estimator)
    assert estimator.n_jobs == 1


def test_sets_what_xgboost_predicts_with() -> None:
    class Booster:
        def set_param(self, parameters: dict[str, int]) -> None:
            self.parameters = parameters

    class Wrapper:
        def __init__(self) -> None:
            self.n_jobs: int | None = None
            self._Booster = Booster()

        def get_booster(self) -> Booster:
            return self._Booster

    wrapper = Wrapper()
    use_single_thread(make_pipeline(StandardScaler(), wrapper))
    assert (wrapper.n_jobs, wrapper.get_booster().parameters) == (1, {"nthread": 1})


@pytest.mark.parametrize("name", ["predict", "predict_proba"])
def test_catboost_is_told_at_each_call(name: str) -> None:
    asked: list[dict[str, Any]] = []

    class Model:
        def predict(self, X: Any, **options: Any) -> None:
            asked.append(options)

        predict_proba = predict

    Model.__module__ = "catboost.core"
    model = Model()
    answer_in_single_thread((None, [model]))
    getattr(model, name)(X)
    assert asked == [{"thread_count": 1}]


@pytest.mark.parametrize(("n_processors", "n_processes", "share"), [(8, 3, "2"), (2, 2, "1"), (1, 4, "1"), (4, 1, "4")])
def test_leaves_each_process_its_share_of_the_processors(
    monkeypatch: pytest.MonkeyPatch, n_processors: int, n_processes: int, share: str
) -> None:
    monkeypatch.setattr("app.engines.parallelism.cpu_count", lambda: n_processors)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    share_processors(n_processes)
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]) == (share, "7")


def test_has_linear_algebra_follow_what_is_said_of_openmp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    share_processors(1)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    assert [os.environ[name] for name in names] == ["3", "3", "3"]


@pytest.mark.parametrize(("said", "n_threads"), [("1", {1}), ("2", {2}), (None, {1}), ("", {1})])
def test_has_linear_algebra_keep_to_the_share(
    monkeypatch: pytest.MonkeyPatch, said: str | None, n_threads: set[int]
) -> None:
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if said is not None:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", said)
    with threadpool_limits(1):
        keep_to_share()
        assert {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"} == n_threads
