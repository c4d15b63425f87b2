"""Checks that openapi.json breaks nothing of the last release, unless the major version or a waiver says so.

`python3 -m release.interface [--since REF]`, in the folder of openapi.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from release.differences import Pair
from release.harmless import list_breaking
from release.last_release import (
    DOCUMENT_NAME,
    ReleaseUnknown,
    Version,
    find_last_release,
    parse_version,
    read_released,
)

WAIVERS_FILE = Path("release/waivers.toml")


class InterfaceBroken(Exception):
    """The interface may not be released as it is. The message says why, and what to do."""


class DocumentInvalid(Exception):
    """A document, or the file of waivers, cannot be used. The message says why."""


def check_interface(since: str | None = None) -> str:
    """Return what there is to say of the interface since the last release, or since `since`.

    Raises `InterfaceBroken`, `DocumentInvalid` and `ReleaseUnknown`.
    """
    waivers = _read_waivers()
    release = since or find_last_release()
    if release is None:
        _check_use(waivers, [])
        return "There is no earlier release, and so nothing that could break."
    old = _parse_document(read_released(release), f"The {DOCUMENT_NAME} of {release}")
    new = _parse_document(_read_current(), f"The {DOCUMENT_NAME} of this folder")
    before, after = _read_version(old, release), _read_version(new, "this folder")
    if after < before:
        raise InterfaceBroken(
            f"The version went back from {old['info']['version']} ({release}) to {new['info']['version']}."
        )
    try:
        differences = list_breaking(old, new)
    except LookupError as error:
        raise DocumentInvalid(f"{DOCUMENT_NAME} cannot be compared with that of {release}: {error.args[0]}.") from error
    _check_use(waivers, differences)
    changes = [str(each) for each in differences if each.pointer not in waivers]
    return _judge(changes, len(differences) - len(changes), release, before, after)


def _check_use(waivers: dict[str, str], differences: list[Pair]) -> None:
    if unused := waivers.keys() - {each.pointer for each in differences}:
        raise DocumentInvalid(f"{WAIVERS_FILE} waives what is no difference (any more): {', '.join(sorted(unused))}.")


def _judge(changes: list[str], n_waived: int, release: str, before: Version, after: Version) -> str:
    if not changes:
        waived = f", but for {n_waived} that {WAIVERS_FILE} gives reasons for" if n_waived else ""
        return f"{DOCUMENT_NAME} breaks nothing of {release}{waived}."
    broken = "\n  ".join([f"{DOCUMENT_NAME} breaks what {release} promised:", *changes])
    if after.major > before.major:
        return f"{broken}\nThe major version says so: it was {before.major} and is {after.major}."
    raise InterfaceBroken(
        f"{broken}\nKeep the old behaviour, raise the major number in app/version.py and run 'make openapi', or give a "
        f"reason why nobody is broken in {WAIVERS_FILE}."
    )


def _read_current() -> bytes:
    try:
        return Path(DOCUMENT_NAME).read_bytes()
    except OSError as error:
        raise DocumentInvalid(f"The {DOCUMENT_NAME} of this folder cannot be read: {error.strerror}.") from error


def _parse_document(content: bytes, what: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise DocumentInvalid(f"{what} cannot be used: {error}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise DocumentInvalid(f"{what} cannot be used: it is no object with 'paths'.")
    return document


def _read_version(document: dict[str, Any], place: str) -> Version:
    info = document.get("info")
    text = str(info.get("version", "")) if isinstance(info, dict) else ""
    version = parse_version(text)
    if version is None:
        raise DocumentInvalid(f"The version '{text}' in {DOCUMENT_NAME} of {place} is not like 1.2.3.")
    return version


def _read_waivers() -> dict[str, str]:
    """Return the reason for each waived difference, by its pointer. Raises `DocumentInvalid`."""
    try:
        entries = tomllib.loads(WAIVERS_FILE.read_text()).get("waiver", [])
        waivers = {entry["pointer"].strip(): entry["reason"].strip() for entry in entries}
    except FileNotFoundError:
        return {}
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise DocumentInvalid(f"{WAIVERS_FILE} must list waivers with a pointer and a reason each: {error}.") from error
    if without := [pointer for pointer, reason in waivers.items() if not reason]:
        raise DocumentInvalid(f"{WAIVERS_FILE} gives no reason for {', '.join(without)}.")
    return waivers


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the interface and print what was found; return the status to exit with."""
    parser = argparse.ArgumentParser(
        prog="python3 -m release.interface",
        description=f"Check that {DOCUMENT_NAME} breaks nothing of the last release.",
    )
    parser.add_argument(
        "--since", metavar="REF", help="a tag, branch or commit to compare with (the newest tag like v1.2.3)"
    )
    try:
        print(check_interface(parser.parse_args(arguments).since))
    except (DocumentInvalid, InterfaceBroken, ReleaseUnknown) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
