from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from app.artifacts import pack_artifact
from app.artifacts.errors import NotPublishable
from app.publishing.store import publish
from app.publishing.trial import read_load_timeout, try_version
from tests.support.broken_artifacts import Trap
from tests.support.described_models import publish_fitted
from training.dataset import load_dataset


def refuse(artifact_dir: Path, version: str) -> str:
    with pytest.raises(NotPublishable) as refused:
        try_version(artifact_dir, version, 60)
    return str(refused.value)


def test_what_a_server_would_serve_passes(tmp_path: Path) -> None:
    X, y = load_iris(return_X_y=True)
    publish_fitted(tmp_path, LogisticRegression(max_iter=500).fit(X, y), "classification", X)
    try_version(tmp_path, "v", 60)


def test_what_a_server_would_refuse_never_becomes_current(tmp_path: Path) -> None:
    X, y = load_iris(return_X_y=True)
    artifact = publish_fitted(tmp_path, LogisticRegression(max_iter=500).fit(X, y), "classification", X)
    golden = replace(artifact.golden, arrays={**artifact.golden.arrays, "labels": 2 - artifact.golden.labels})
    files = pack_artifact(replace(artifact.metadata, version="w"), golden, *artifact.unpickle())
    with pytest.raises(NotPublishable) as refused:
        publish(tmp_path, "w", files, lambda: try_version(tmp_path, "w", 60))
    assert str(refused.value) == (
        "Nothing was published: a server would refuse this model, because the self-test failed: labels differ from "
        "golden.json."
    )
    assert not (tmp_path / "w").exists()
    assert (tmp_path / "current").readlink() == Path("v")


def test_says_that_a_version_is_not_there(tmp_path: Path) -> None:
    assert refuse(tmp_path, "nothing").startswith("Nothing was published: a server would refuse this model, because ")


def test_tries_without_the_code_of_training(tmp_path: Path) -> None:
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500).fit(X, y)
    model.made_by = load_dataset  # which a pickle keeps by the name of its module
    publish_fitted(tmp_path, model, "classification", X)
    assert "training" in refuse(tmp_path, "v")


def test_waits_for_a_version_to_load_as_long_as_a_server_would(tmp_path: Path) -> None:
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500).fit(X, y)
    artifact = publish_fitted(tmp_path, model, "classification", X)
    model.trap_ = Trap("import time; time.sleep(3600)")
    files = pack_artifact(replace(artifact.metadata, version="slow"), artifact.golden, artifact.unpickle()[0], model)
    publish(tmp_path, "slow", files)
    with pytest.raises(NotPublishable) as refused:
        try_version(tmp_path, "slow", 3)
    assert "took longer than 3 s to load" in str(refused.value)
    assert "LOAD_TIMEOUT_SECONDS" in str(refused.value)


def test_the_time_is_that_of_the_servers_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOAD_TIMEOUT_SECONDS", raising=False)
    assert read_load_timeout() == 60
    monkeypatch.setenv("LOAD_TIMEOUT_SECONDS", "300")
    monkeypatch.setenv("PORT", "which training does not ask")
    assert read_load_timeout() == 300
    monkeypatch.setenv("LOAD_TIMEOUT_SECONDS", "soon")
    with pytest.raises(NotPublishable) as refused:
        read_load_timeout()
    assert str(refused.value) == (
        "The environment cannot be used: LOAD_TIMEOUT_SECONDS must be a whole number from 1 to 86400, not 'soon'."
    )
