"""What a service has to answer once a version is deployed: its name, and its golden rows with their answers."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

_CURRENT_LINK = "current"
_VERSION = re.compile(r"(?!current\Z)[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ExpectationUnreadable(Exception):
    """What the service has to answer cannot be read. The message says why, and what to do."""


@dataclass(frozen=True)
class Expectation:
    """The version that has to be served, and rows of input with the answers that it gives for them.

    instances : a list of the features of each row; labels : the class index of each row; probabilities : a list of
    the probability of each class for each row, not rounded.
    """

    model_version: str
    instances: list[list[float]]
    labels: list[int]
    probabilities: list[list[float]]

    def to_json(self) -> dict[str, Any]:
        """Return the expectation as JSON-ready values that read back bit for bit."""
        return asdict(self)

    def shorten(self, max_bytes: int) -> Expectation:
        """Return the expectation with about as many rows as JSON of `max_bytes` has room for, but at least one."""
        n_bytes = len(json.dumps(self.to_json()))
        n_rows = max(1, len(self.instances) * max_bytes // n_bytes)
        return Expectation(
            self.model_version, self.instances[:n_rows], self.labels[:n_rows], self.probabilities[:n_rows]
        )

    @classmethod
    def from_json(cls, document: Any) -> Expectation:
        """Return the expectation that `to_json` wrote. Raises `ValueError` where it is not of the format."""
        if not isinstance(document, dict) or document.keys() != {each.name for each in fields(cls)}:
            raise ValueError(f"an object with {', '.join(each.name for each in fields(cls))} was expected")
        expectation = cls(**document)
        if not isinstance(expectation.model_version, str) or not _VERSION.fullmatch(expectation.model_version):
            raise ValueError("'model_version' must be the name of a version")
        _check_table("instances", expectation.instances)
        _check_table("probabilities", expectation.probabilities)
        _check_labels(expectation.labels, n_classes=len(expectation.probabilities[0]))
        if not len(expectation.instances) == len(expectation.labels) == len(expectation.probabilities):
            raise ValueError("'instances', 'labels' and 'probabilities' must be of equal length")
        return expectation


def read_expectation(artifact_dir: Path, version: str | None = None) -> Expectation:
    """Return what a service has to answer that serves `version` from `artifact_dir`.

    Without `version` it is the one that the link `current` names or, where there is no such link, the only one that
    is there. Raises `ExpectationUnreadable`.
    """
    found = version or _find_current(artifact_dir)
    if not _VERSION.fullmatch(found):
        raise ExpectationUnreadable(f"{found!r} is not the name of a version.")
    folder = artifact_dir / found
    named = _read_json(folder / "metadata.json")
    if not isinstance(named, dict) or named.get("version") != found:
        raise ExpectationUnreadable(f"{folder / 'metadata.json'} is not of version {found}.")
    golden = _read_json(folder / "golden.json")
    try:
        return Expectation.from_json({**golden, "model_version": found})
    except (TypeError, ValueError) as error:
        raise ExpectationUnreadable(f"{folder / 'golden.json'} does not hold golden rows: {error}.") from error


def _find_current(artifact_dir: Path) -> str:
    try:
        target = (artifact_dir / _CURRENT_LINK).readlink()
    except OSError:  # there is no such link; what else is wrong with the folder shows when it is listed
        return _find_only_version(artifact_dir)
    if os.path.realpath((artifact_dir / target).parent) != os.path.realpath(artifact_dir):
        raise ExpectationUnreadable(f"The link {artifact_dir / _CURRENT_LINK} leads out of {artifact_dir}.")
    return target.name


def _find_only_version(artifact_dir: Path) -> str:
    try:
        folders = [each.name for each in artifact_dir.iterdir() if each.is_dir() and not each.is_symlink()]
    except FileNotFoundError:  # as good as empty
        folders = []
    except OSError as error:
        raise ExpectationUnreadable(f"The folder {artifact_dir} cannot be read: {error.strerror}.") from error
    versions = sorted(filter(_VERSION.fullmatch, folders))
    if not versions:
        raise ExpectationUnreadable(
            f"No version is published in {artifact_dir}: publish one with 'make train', or name another folder by "
            "ARTIFACT_DIR."
        )
    if len(versions) > 1:
        raise ExpectationUnreadable(
            f"There is no current version in {artifact_dir}, but {', '.join(versions)}: choose one by MODEL_VERSION."
        )
    return versions[0]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ExpectationUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ExpectationUnreadable(f"{path} is not JSON: {error}.") from error


def _check_table(name: str, rows: Any) -> None:
    """Raise `ValueError` unless `rows` are lists of numbers, of equal length, and there is at least one number."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        raise ValueError(f"{name!r} must be a list of at least one list")
    if not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError(f"the lists in {name!r} must be of equal length, and not empty")
    if not all(type(value) in (int, float) and abs(value) <= sys.float_info.max for row in rows for value in row):
        raise ValueError(f"{name!r} must hold finite numbers alone")


def _check_labels(labels: Any, n_classes: int) -> None:
    if not isinstance(labels, list) or not all(type(label) is int and 0 <= label < n_classes for label in labels):
        raise ValueError("'labels' must be class indices")
