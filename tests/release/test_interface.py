from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
from tests.support.running_server import DEADLINE_SECONDS


@pytest.fixture
def released(tmp_path: Path) -> Repository:
    """Return a repository whose version 1.2.0 is released, and which has a commit since."""
    return create_released(tmp_path / "origin")


def test_passes_what_is_as_it_was_released(released: Repository) -> None:
    assert released.check() == agree_with("v1.2.0")


def test_passes_an_addition(released: Repository) -> None:
    released.write("1.3.0", lambda document: document["paths"].update({"/new": {}}))
    assert released.check() == agree_with("v1.2.0")


@pytest.mark.parametrize("version", ["1.2.0", "1.3.0", "1.99.0-rc.1"])
def test_refuses_a_breaking_change_of_the_same_major_version(released: Repository, version: str) -> None:
    released.write(version, remove_health)
    assert released.check() == (1, "", f"{BREAKS}\n{WHAT_TO_DO}\n")


def test_refuses_a_breaking_change_that_is_committed(released: Repository) -> None:
    released.write("1.3.0", remove_health)
    released.commit()
    assert released.check() == (1, "", f"{BREAKS}\n{WHAT_TO_DO}\n")


@pytest.mark.parametrize("version", ["2.0.0", "2.0.0-rc.1", "10.0.0"])
def test_passes_and_lists_breaking_changes_of_a_higher_major_version(released: Repository, version: str) -> None:
    released.write(version, remove_health)
    said = f"{BREAKS}\nThe major version says so: it was 1 and is {version.partition('.')[0]}.\n"
    assert released.check() == (0, said, "")


@pytest.mark.parametrize("version", ["0.9.0", "1.1.9", "1.2.0-rc.1"])
def test_refuses_a_version_that_went_back(released: Repository, version: str) -> None:
    released.write(version)
    assert released.check() == (1, "", f"The version went back from 1.2.0 (v1.2.0) to {version}.\n")


@pytest.mark.parametrize("version", ["", "1.2", "one", "1.2.0.1"])
def test_refuses_a_version_that_is_none(released: Repository, version: str) -> None:
    released.write(version)
    told = f"The version '{version}' in openapi.json of this folder is not like 1.2.3.\n"
    assert released.check() == (1, "", told)


def test_refuses_a_folder_without_a_document(released: Repository) -> None:
    (released.folder / "openapi.json").unlink()
    told = "The openapi.json of this folder cannot be used: [Errno 2] No such file or directory: 'openapi.json'.\n"
    assert released.check() == (1, "", told)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "it is no object with 'info' and 'paths'"),
        ('{"info": "1.2.0", "paths": {}}', "it is no object with 'info' and 'paths'"),
    ],
)
def test_refuses_a_document_that_is_none(released: Repository, text: str, reason: str) -> None:
    released.write_text(text)
    assert released.check() == (1, "", f"The openapi.json of this folder cannot be used: {reason}.\n")


def test_refuses_a_release_whose_document_is_none(released: Repository) -> None:
    released.write_text("{}")
    released.commit("v1.3.0")
    released.write()
    told = "The openapi.json of v1.3.0 cannot be used: it is no object with 'info' and 'paths'.\n"
    assert released.check() == (1, "", told)


def test_refuses_a_document_whose_references_lead_nowhere(released: Repository) -> None:
    released.write("1.2.0", lambda document: document["components"].clear())
    reason = "the reference '#/components/schemas/Request' leads nowhere"
    assert released.check() == (1, "", f"openapi.json cannot be compared with that of v1.2.0: {reason}.\n")


def test_needs_nothing_but_the_standard_library(released: Repository) -> None:
    isolated = [sys.executable, "-S", "-m", "release.interface"]
    ended = subprocess.run(isolated, cwd=released.folder, env=released.environment, timeout=DEADLINE_SECONDS)
    assert ended.returncode == 0


def waive(repository: Repository, text: str) -> None:
    """Write the file of waivers."""
    (repository.folder / "release").mkdir()
    (repository.folder / "release" / "waivers.toml").write_text(text)


def test_passes_what_is_waived_for_a_reason(released: Repository) -> None:
    released.write("1.3.0", remove_health)
    waive(released, '[[waiver]]\npointer = "/paths/~1health"\nreason = "Nobody has asked it in a year."\n')
    waived = "openapi.json breaks nothing of v1.2.0, but for 1 that release/waivers.toml gives reasons for.\n"
    assert released.check() == (0, waived, "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[waiver]]\npointer = "/a"\nreason = "b"', "waives what is no difference (any more): /a.\n"),
        ('[[waiver]]\npointer = "/paths/~1health"\nreason = " "', "gives no reason for /paths/~1health.\n"),
        ('[[waiver]]\npointer = "/paths/~1health"', "must list waivers with a pointer and a reason each: 'reason'.\n"),
        ('[[waiver]]\npointer = 1\nreason = "b"', "must list waivers with a pointer and a reason each: "),
        ('waiver = "a"', "must list waivers with a pointer and a reason each: "),
        ("[[waiver", "must list waivers with a pointer and a reason each: "),
    ],
)
def test_refuses_a_waiver_that_says_nothing(released: Repository, text: str, sentence: str) -> None:
    released.write("1.3.0", remove_health)
    waive(released, text)
    status, said, told = released.check()
    assert (status, said) == (1, "") and told.startswith(f"release/waivers.toml {sentence}")


def test_refuses_a_waiver_where_nothing_was_released(tmp_path: Path) -> None:
    repository = create_repository(tmp_path / "origin")
    waive(repository, '[[waiver]]\npointer = "/paths/~1health"\nreason = "b"')
    told = "release/waivers.toml waives what is no difference (any more): /paths/~1health.\n"
    assert repository.check() == (1, "", told)


def test_refuses_what_is_not_waived_beside_what_is(released: Repository) -> None:
    released.write("1.3.0", lambda document: document["paths"].clear())
    waive(released, '[[waiver]]\npointer = "/paths/~1predict"\nreason = "Nobody has asked it in a year."')
    assert released.check() == (1, "", f"{BREAKS}\n{WHAT_TO_DO}\n")
