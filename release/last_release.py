"""Finds the last release in the repository of the working folder, and its OpenAPI document. Changes nothing there."""

from __future__ import annotations

import re
import subprocess

DOCUMENT_NAME = "openapi.json"

_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


class InterfaceRefused(Exception):
    """The interface may not be released as it is, or cannot be checked. The message says why, and what to do."""


def find_last_release() -> str | None:
    """Return the tag of the last release before what is in the working folder; `None` where there is none.

    Raises `InterfaceRefused`, also where a shallow clone may have left the tags behind.
    """
    try:
        _git("diff", "--quiet", "HEAD", "--", DOCUMENT_NAME)
        # What is tagged itself is compared with the release before it: with itself it would always agree.
        own = ["--no-contains", "HEAD"]
    except InterfaceRefused:
        own = []
    if tags := [match for tag in _git("tag", "--list", *own).decode().split() if (match := _TAG.fullmatch(tag))]:
        return max(tags, key=lambda tag: [int(each) for each in tag.groups()])[0]
    if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        raise InterfaceRefused(
            "This clone is shallow and has no tag of an earlier release: fetch the tags: git fetch --tags --unshallow, "
            "in GitLab GIT_DEPTH: 0."
        )
    return None


def read_released(reference: str) -> bytes:
    """Return the OpenAPI document as it was committed at `reference`. Raises `InterfaceRefused`."""
    try:
        return _git("show", "--end-of-options", f"{reference}:./{DOCUMENT_NAME}")
    except InterfaceRefused as error:
        raise InterfaceRefused(f"There is no {DOCUMENT_NAME} of {reference} to compare with: {error}") from error


def _git(*arguments: str) -> bytes:
    try:
        ended = subprocess.run(["git", *arguments], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise InterfaceRefused("The program git, which knows what was released, is not installed.") from error
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip()
        raise InterfaceRefused(f"git {' '.join(arguments)} has failed: {said or ended.returncode}")
    return ended.stdout
