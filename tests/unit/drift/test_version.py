from __future__ import annotations

from dataclasses import replace

import pytest

from app.artifacts import Artifact, Metadata
from app.columns.distributions import N_BINS
from app.drift.version import VersionCells, describe_version

WINDOW_SECONDS = 3600.0


@pytest.fixture
def metadata(iris_artifact: Artifact) -> Metadata:
    """Return what a version of 4 features and 3 classes says of itself."""
    return iris_artifact.metadata


def test_a_version_without_distributions_has_no_room_for_features(metadata: Metadata) -> None:
    record = describe_version(metadata, "engine", WINDOW_SECONDS)
    watched, unwatched = VersionCells(record), VersionCells(replace(record, feature_shares=None))
    assert watched.window.n_counts - unwatched.window.n_counts == 4 * N_BINS
    assert (len(watched.out_of_range.positions), len(unwatched.out_of_range.positions)) == (4, 0)


def test_the_record_of_a_version_is_the_same_whenever_it_is_described(metadata: Metadata) -> None:
    first, second = (describe_version(metadata, "engine", WINDOW_SECONDS) for _ in range(2))
    assert (first == second, first.estimator, first.period_seconds) == (True, "LogisticRegression", 300.0)


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": "2020-01-01T00:00:00+00:00"},
        {"version": "other"},
        {"classes": ["a", "b"], "prediction_shares": [0.5, 0.5]},
        {"feature_distributions": {}, "prediction_shares": []},
    ],
    ids=str,
)
def test_another_model_of_the_same_name_has_another_record(metadata: Metadata, change: dict[str, object]) -> None:
    other = replace(metadata, **change)  # type: ignore[arg-type]
    records = [describe_version(each, "engine", WINDOW_SECONDS) for each in (metadata, other)]
    assert records[0] != records[1]
