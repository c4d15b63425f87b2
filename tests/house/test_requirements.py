from __future__ import annotations

import re
from importlib.metadata import distributions

import pytest
from packaging.requirements import Requirement

from tests.support.running_server import ROOT

OF_DEVELOPERS = [f"requirements/{name}.txt" for name in ("serving", "training", "tracing", "installer")]
LOCKED = [*OF_DEVELOPERS, "requirements/dev.txt", "requirements/release.txt", "requirements/boosting.txt"]
PINNED = re.compile(r"([A-Za-z0-9._-]+)(\[[a-z,-]+\])?==([^\s;]+)( ; [^\\]+?)?((?: --hash=sha256:[0-9a-f]{64})+)")


def read_requirements(name: str) -> list[str]:
    """Return the requirements of a locked file, each with its hashes on one line."""
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    return [" ".join(line.split()) for line in lines if line and not line.startswith("#")]


def read_locked(name: str) -> dict[str, str]:
    """Return what a locked file says of each package: its extras, its version, its marker and its hashes."""
    return {normalize(re.split(r"==|\[", line)[0]): line for line in read_requirements(name)}


def read_asked_for(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {normalize(re.split(r"[\s=<>!~;\[]", line)[0]) for line in lines if line and line[0] not in "#-"}


def pin_version(line: str) -> str:
    """Return the version that a locked line pins."""
    return line.split("==")[1].split(" ")[0]


def normalize(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


@pytest.mark.parametrize("name", LOCKED)
def test_pins_and_hashes_every_package(name: str) -> None:
    assert [line for line in read_requirements(name) if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("name", LOCKED)
def test_names_every_package_once(name: str) -> None:
    assert len(read_locked(name)) == len(read_requirements(name)) > 0


@pytest.mark.parametrize("name", [*LOCKED, *(each.replace(".txt", ".in") for each in LOCKED)])
def test_names_no_index_and_no_host(name: str) -> None:
    assert re.findall(r"index|find-links|host|//| @ |https?:", (ROOT / name).read_text()) == []


@pytest.mark.parametrize("name", LOCKED)
def test_locks_what_is_asked_for(name: str) -> None:
    assert read_asked_for(name.replace(".txt", ".in")) - read_locked(name).keys() == set()


def test_pins_the_extras_that_packages_ask_each_other_for() -> None:
    # pip looks at the newest release of a package with an extra that is not pinned as such, and refuses its hash.
    locked = {**read_locked("requirements/release.txt"), **read_locked("requirements/dev.txt")}
    asked_for = [Requirement(text) for each in distributions() for text in each.requires or ()]
    with_extras = [
        each for each in asked_for if each.extras and (not each.marker or each.marker.evaluate({"extra": ""}))
    ]
    assert with_extras
    pins = [(str(each), locked.get(normalize(each.name), ""), sorted(each.extras)) for each in with_extras]
    unpinned = [text for text, pin, extras in pins if pin and f"[{','.join(extras)}]==" not in pin]
    assert unpinned == []


@pytest.mark.parametrize("name", OF_DEVELOPERS)
def test_is_part_of_what_developers_install(name: str) -> None:
    assert read_locked(name).items() <= read_locked("requirements/dev.txt").items()


@pytest.mark.parametrize("name", ["release", "boosting"])
def test_agrees_on_what_developers_and_others_both_need(name: str) -> None:
    others, developers = read_locked(f"requirements/{name}.txt"), read_locked("requirements/dev.txt")
    shared = others.keys() & developers.keys()
    versions = [(pin_version(others[name]), pin_version(developers[name])) for name in shared]
    assert shared and [pair for pair in versions if pair[0] != pair[1]] == []


def test_serves_without_the_tools_of_developers_of_training_and_of_tracing() -> None:
    needed = read_asked_for("requirements/serving.in")
    others = [f"requirements/{name}.in" for name in ("dev", "training", "tracing", "boosting")]
    tools = set.union(*map(read_asked_for, others)) - needed
    assert {"pytest", "tqdm", "mypy", "opentelemetry-sdk"} <= tools
    assert tools & read_locked("requirements/serving.txt").keys() == set()
