from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.artifacts import InvalidVersionName, list_versions
from tests.unit.training.test_train import build_stump
from training import train
from training.version_name import choose_version_name

NEW_NAME = re.compile(r"\d{8}T\d{6}\.\d{3}Z")


def make_folder(path: Path) -> None:
    path.mkdir()


def make_link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


def test_makes_a_new_name_where_nobody_says_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert NEW_NAME.fullmatch(choose_version_name(tmp_path, ""))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("folder", [".", "not there yet"])
def test_takes_the_name_that_is_to_be_served_where_it_is_free_and_warns(
    tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert choose_version_name(tmp_path / folder, "v1") == "v1"
    assert capsys.readouterr().err == (
        f"Warning: MODEL_VERSION says which version is served. There is no v1 in {tmp_path / folder} yet, so this one "
        "is published under that name; name what is trained with TRAIN_VERSION instead.\n"
    )


@pytest.mark.parametrize("make", [make_folder, Path.touch, make_link_to_nothing])
def test_makes_a_new_name_where_the_one_that_is_served_is_taken_and_warns(
    tmp_path: Path, make: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "v1")
    version = choose_version_name(tmp_path, "v1")
    assert NEW_NAME.fullmatch(version)
    assert capsys.readouterr().err == (
        f"Warning: MODEL_VERSION is ignored: version v1 is published already, and this one becomes {version} (a name "
        "of your own: TRAIN_VERSION). A server goes on to serve v1 while it is started with MODEL_VERSION.\n"
    )


def test_refuses_what_no_version_can_be_called(tmp_path: Path) -> None:
    with pytest.raises(InvalidVersionName):
        choose_version_name(tmp_path, "../v1")


def test_a_version_that_is_pinned_for_the_server_does_not_block_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train, "build_estimator", build_stump)
    monkeypatch.setenv("MODEL_VERSION", " v1 ")
    for _ in range(2):
        train.main(["--artifact-dir", str(tmp_path)])
    new, first = list_versions(tmp_path)
    assert (first, os.readlink(tmp_path / "current")) == ("v1", new)
    monkeypatch.setenv("TRAIN_VERSION", "v2")
    capsys.readouterr()
    train.main(["--artifact-dir", str(tmp_path)])
    assert list_versions(tmp_path) == [new, "v1", "v2"]
    assert "Warning" not in capsys.readouterr().err


def test_a_name_that_cannot_be_ends_the_training_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_VERSION", "../v1")
    with pytest.raises(SystemExit, match=r"^The version name must be .*, not '\.\./v1'\.$"):
        train.main(["--artifact-dir", str(tmp_path)])
