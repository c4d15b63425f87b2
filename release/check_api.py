"""Checks that openapi.json breaks nothing of the last release, unless the major version says so.

`python3 -m release.check_api [--since REF]`, in the folder of openapi.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from release.api.changes import list_breaking_changes
from release.api.document import ApiDocument, DocumentInvalid
from release.api.releases import (
    DOCUMENT_NAME,
    ReleaseUnknown,
    Version,
    find_last_release,
    parse_version,
    read_released,
)


class ApiBroken(Exception):
    """The interface may not be released as it is. The message says why, and what to do."""


def check_api(since: str | None = None) -> str:
    """Return what there is to say of the interface since the last release, or since `since`.

    Raises `ApiBroken`, `DocumentInvalid` and `ReleaseUnknown`.
    """
    release = since or find_last_release()
    if release is None:
        return "There is no earlier release, and so nothing that could break."
    released = _parse_document(read_released(release), f"The {DOCUMENT_NAME} of {release}")
    current = _parse_document(_read_current(), f"The {DOCUMENT_NAME} of this folder")
    before, after = _parse_version(released, release), _parse_version(current, "this folder")
    if after < before:
        raise ApiBroken(f"The version went back from {released.version} ({release}) to {current.version}.")
    try:
        return _judge(list_breaking_changes(released, current), release, before, after)
    except DocumentInvalid as error:
        raise DocumentInvalid(f"{DOCUMENT_NAME} cannot be compared with that of {release}: {error}.") from error


def _judge(changes: list[str], release: str, before: Version, after: Version) -> str:
    if not changes:
        return f"{DOCUMENT_NAME} breaks nothing of {release}."
    broken = "\n  ".join([f"{DOCUMENT_NAME} breaks what {release} promised:", *changes])
    if after.major > before.major:
        return f"{broken}\nThe major version says so: it was {before.major} and is {after.major}."
    raise ApiBroken(
        f"{broken}\nRaise the major number in app/version.py and run 'make openapi', or keep the old behaviour."
    )


def _read_current() -> bytes:
    try:
        return Path(DOCUMENT_NAME).read_bytes()
    except OSError as error:
        raise DocumentInvalid(f"The {DOCUMENT_NAME} of this folder cannot be read: {error.strerror}.") from error


def _parse_document(content: bytes, what: str) -> ApiDocument:
    try:
        return ApiDocument(json.loads(content))
    except (DocumentInvalid, ValueError) as error:
        raise DocumentInvalid(f"{what} cannot be used: {error}.") from error


def _parse_version(document: ApiDocument, place: str) -> Version:
    version = parse_version(document.version)
    if version is None:
        raise DocumentInvalid(f"The version '{document.version}' in {DOCUMENT_NAME} of {place} is not like 1.2.3.")
    return version


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the interface and print what was found; return the status to exit with."""
    parser = argparse.ArgumentParser(
        prog="python3 -m release.check_api",
        description=f"Check that {DOCUMENT_NAME} breaks nothing of the last release.",
    )
    parser.add_argument(
        "--since", metavar="REF", help="a tag, branch or commit to compare with (the newest tag like v1.2.3)"
    )
    try:
        print(check_api(parser.parse_args(arguments).since))
    except (ApiBroken, DocumentInvalid, ReleaseUnknown) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
