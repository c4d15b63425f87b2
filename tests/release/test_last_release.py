from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.release.repositories import (
    BREAKS,
    WHAT_TO_DO,
    Repository,
    agree_with,
    create_released,
    create_repository,
    remove_health,
)

NO_RELEASE = "There is no earlier release, and so nothing that could break.\n"
SHALLOW = "This clone is shallow and lacks the tags: git fetch --tags --unshallow (GIT_DEPTH: 0).\n"


def remove_predict(document: Any) -> None:
    del document["paths"]["/predict"]


@pytest.fixture
def untagged(tmp_path: Path) -> Repository:
    """Return a repository with a document of version 1.2.0 and no tag."""
    return create_repository(tmp_path / "origin")


@pytest.fixture
def released(tmp_path: Path) -> Repository:
    """Return a repository whose version 1.2.0 is released, and which has a commit since."""
    return create_released(tmp_path / "origin")


def clone_shallow(origin: Repository, *options: str) -> Repository:
    folder = origin.folder.parent / "clone"
    origin.git("clone", "--quiet", "--depth", "1", *options, origin.folder.as_uri(), str(folder))
    return Repository(folder)


def test_passes_where_nothing_was_released(untagged: Repository) -> None:
    untagged.git("tag", "v2.0.0-rc.1")
    untagged.git("tag", "nightly")
    untagged.commit()
    assert untagged.check() == (0, NO_RELEASE, "")


def test_passes_where_nothing_is_committed(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "--quiet")
    repository.write()
    assert repository.check() == (0, NO_RELEASE, "")


def test_compares_with_the_newest_release(released: Repository) -> None:
    released.write("1.10.0")
    released.commit("v1.10.0", "v1.9.0", "v1.11.0-rc.1", "v1.x", "w7.0.0", "v8.0.0.0")
    released.commit()
    assert released.check() == agree_with("v1.10.0")


def test_compares_what_is_tagged_with_the_release_before_it(released: Repository) -> None:
    released.write("1.3.0", remove_health)
    released.commit("v1.3.0")
    assert released.check() == (1, "", f"{BREAKS}\n{WHAT_TO_DO}\n")


def test_compares_a_change_of_what_is_tagged_with_the_tag(untagged: Repository) -> None:
    untagged.git("tag", "v1.2.0")
    untagged.write("1.2.0", remove_health)
    assert untagged.check() == (1, "", f"{BREAKS}\n{WHAT_TO_DO}\n")


def test_the_first_release_breaks_nothing(untagged: Repository) -> None:
    untagged.git("tag", "v1.2.0")
    assert untagged.check() == (0, NO_RELEASE, "")


@pytest.mark.parametrize("reference", ["v1.2.0", "HEAD", "before"])
def test_compares_with_what_is_asked_for(released: Repository, reference: str) -> None:
    released.git("branch", "before")
    released.write("1.2.0", remove_predict)
    released.git("tag", "v1.4.0")
    status, _, told = released.check(reference)
    assert status == 1 and told.startswith(f"openapi.json breaks what {reference} promised:\n  /paths/~1predict was ")


def test_compares_with_the_last_release_where_an_empty_reference_is_asked_for(released: Repository) -> None:
    assert released.check("") == agree_with("v1.2.0")


@pytest.mark.parametrize("reference", ["v9.9.9", "--output=file"])
def test_refuses_a_reference_that_is_not_there(released: Repository, reference: str) -> None:
    status, said, told = released.check(reference)
    assert (status, said, "Traceback" in told) == (1, "", False)
    assert told.startswith(f"git show --end-of-options {reference}:./openapi.json has failed: fatal: ")


def test_refuses_a_shallow_clone_without_tags(released: Repository) -> None:
    assert clone_shallow(released, "--no-tags").check() == (1, "", SHALLOW)


def test_a_shallow_clone_may_have_the_tags(released: Repository) -> None:
    clone = clone_shallow(released)
    clone.git("fetch", "--quiet", "--depth", "1", "origin", "tag", "v1.2.0")
    assert clone.check() == agree_with("v1.2.0")


def test_the_advice_for_a_shallow_clone_helps(released: Repository) -> None:
    clone = clone_shallow(released, "--no-tags")
    clone.git("fetch", "--quiet", "--tags", "--unshallow")
    assert clone.check() == agree_with("v1.2.0")


def test_refuses_a_release_without_a_document(released: Repository) -> None:
    released.git("rm", "--quiet", "openapi.json")
    released.commit("v1.3.0")
    released.write()
    released.commit()
    status, _, told = released.check()
    assert status == 1
    assert told.startswith("git show --end-of-options v1.3.0:./openapi.json has failed: fatal: path 'openapi.json' ")


def test_refuses_a_folder_without_a_repository(tmp_path: Path) -> None:
    status, _, told = Repository(tmp_path).check()
    assert status == 1
    assert told.startswith("git tag --list has failed: fatal: not a git repository")


def test_refuses_a_machine_without_git(released: Repository) -> None:
    released.environment["PATH"] = str(released.folder)
    assert released.check() == (1, "", "[Errno 2] No such file or directory: 'git'\n")
