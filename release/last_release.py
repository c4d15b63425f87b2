"""Finds the last release in the repository of the working folder, and its OpenAPI document. Changes nothing there."""

from __future__ import annotations

import re
import subprocess
from typing import NamedTuple

DOCUMENT_NAME = "openapi.json"

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


class ReleaseUnknown(Exception):
    """It cannot be told what was released. The message says why, and what to do."""


class Version(NamedTuple):
    """A semantic version; in order, except that the pre-releases of one version are taken for equal."""

    major: int
    minor: int
    patch: int
    is_final: bool


def parse_version(text: str) -> Version | None:
    """Return the version that `text` is; `None` where it is none."""
    match = _VERSION.fullmatch(text)
    return Version(int(match[1]), int(match[2]), int(match[3]), match[4] is None) if match else None


def find_last_release() -> str | None:
    """Return the tag of the last release before what is in the working folder; `None` where there is none.

    Raises `ReleaseUnknown`, also where a shallow clone may have left the tags behind.
    """
    # What is tagged itself is compared with the release before it: with itself it would always agree.
    own = ["--no-contains", "HEAD"] if _is_document_committed() else []
    tags = {version: tag for tag in _git("tag", "--list", *own).decode().split() if (version := _parse_tag(tag))}
    if tags:
        return tags[max(tags)]
    if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        raise ReleaseUnknown(
            "This clone is shallow and has no tag of an earlier release: fetch the tags: git fetch --tags --unshallow, "
            "in GitLab GIT_DEPTH: 0."
        )
    return None


def read_released(reference: str) -> bytes:
    """Return the OpenAPI document as it was committed at `reference`. Raises `ReleaseUnknown`."""
    try:
        return _git("show", "--end-of-options", f"{reference}:./{DOCUMENT_NAME}")
    except ReleaseUnknown as error:
        raise ReleaseUnknown(f"There is no {DOCUMENT_NAME} of {reference} to compare with: {error}") from error


def _is_document_committed() -> bool:
    try:
        _git("diff", "--quiet", "HEAD", "--", DOCUMENT_NAME)
    except ReleaseUnknown:
        return False
    return True


def _parse_tag(tag: str) -> Version | None:
    version = parse_version(tag[1:])
    return version if version and tag == f"v{version.major}.{version.minor}.{version.patch}" else None


def _git(*arguments: str) -> bytes:
    try:
        ended = subprocess.run(["git", *arguments], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise ReleaseUnknown("The program git, which knows what was released, is not installed.") from error
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip()
        raise ReleaseUnknown(f"git {' '.join(arguments)} has failed: {said or ended.returncode}")
    return ended.stdout
