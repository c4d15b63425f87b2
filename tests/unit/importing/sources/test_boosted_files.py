"""The files of boosting libraries where these are not installed, as among developers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.artifacts.errors import NotPublishable
from app.importing.sources.kinds import load_model_file
from app.importing.sources.source import SourceOptions


@pytest.mark.parametrize(
    ("suffix", "library"), [(".json", "xgboost"), (".ubj", "xgboost"), (".txt", "lightgbm"), (".cbm", "catboost")]
)
def test_names_the_library_that_is_missing_and_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    path = tmp_path / f"model{suffix}"
    path.touch()
    with pytest.raises(NotPublishable) as refused:
        load_model_file(path, SourceOptions())
    assert str(refused.value) == (
        f"Reading {path} takes {library}, which is not installed: 'make install-boosting' installs "
        "requirements/boosting.txt."
    )
