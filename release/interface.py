"""Checks that openapi.json breaks nothing of the last release, unless the major version or a waiver says so.

`python3 -m release.interface [--since REF]`, in the folder of openapi.json.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from pathlib import Path

from release.differences import Node
from release.harmless import list_breaking
from release.last_release import DOCUMENT_NAME, InterfaceRefused, find_last_release, read_released

WAIVERS_FILE = Path("release/waivers.toml")

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def check_interface(since: str = "") -> str:
    """Return what there is to say of the interface since the last release, or `since`. Raises `InterfaceRefused`."""
    waivers = _read_waivers()
    release = since or find_last_release()
    if release is None:
        _list_unwaived({}, waivers)
        return "There is no earlier release, and so nothing that could break."
    old, new = _read_document(release), _read_document()
    before, after = _read_version(old, release), _read_version(new, "this folder")
    if after < before:
        was, now = old["info"]["version"], new["info"]["version"]
        raise InterfaceRefused(f"The version went back from {was} ({release}) to {now}.")
    try:
        differences = {each.pointer: str(each) for each in list_breaking(old, new)}
    except LookupError as error:
        raise InterfaceRefused(f"{DOCUMENT_NAME} cannot be compared with that of {release}: {error}.") from error
    changes = _list_unwaived(differences, waivers)
    if not changes:
        waived = f", but for {len(waivers)} that {WAIVERS_FILE} gives reasons for" if waivers else ""
        return f"{DOCUMENT_NAME} breaks nothing of {release}{waived}."
    broken = "\n  ".join([f"{DOCUMENT_NAME} breaks what {release} promised:", *changes])
    if after[0] > before[0]:
        return f"{broken}\nThe major version says so: it was {before[0]} and is {after[0]}."
    raise InterfaceRefused(
        f"{broken}\nKeep the old behaviour, raise the major number in app/version.py and run 'make openapi', or give a "
        f"reason why nobody is broken in {WAIVERS_FILE}."
    )


def _list_unwaived(differences: dict[str, str], waivers: dict[str, str]) -> list[str]:
    if unused := waivers.keys() - differences.keys():
        raise InterfaceRefused(f"{WAIVERS_FILE} waives what is no difference (any more): {', '.join(sorted(unused))}.")
    return [sentence for pointer, sentence in differences.items() if pointer not in waivers]


def _read_document(release: str = "") -> Node:
    """Return the document of a release, or of this folder."""
    what = f"The {DOCUMENT_NAME} of {release or 'this folder'}"
    try:
        document = json.loads(read_released(release) if release else Path(DOCUMENT_NAME).read_bytes())
    except OSError as error:
        raise InterfaceRefused(f"{what} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InterfaceRefused(f"{what} cannot be used: {error}.") from error
    if not (isinstance(document, dict) and all(isinstance(document.get(each), dict) for each in ("info", "paths"))):
        raise InterfaceRefused(f"{what} cannot be used: it is no object with 'info' and 'paths'.")
    return document


def _read_version(document: Node, place: str) -> tuple[int, int, int, bool]:
    """Return the version in its order, except that the pre-releases of one version are taken for equal."""
    text = str(document["info"].get("version", ""))
    if not (match := _VERSION.fullmatch(text)):
        raise InterfaceRefused(f"The version '{text}' in {DOCUMENT_NAME} of {place} is not like 1.2.3.")
    return int(match[1]), int(match[2]), int(match[3]), match[4] is None


def _read_waivers() -> dict[str, str]:
    """Return the reason for each waived difference, by its pointer."""
    try:
        entries = tomllib.loads(WAIVERS_FILE.read_text()).get("waiver", [])
        waivers = {entry["pointer"].strip(): entry["reason"].strip() for entry in entries}
    except FileNotFoundError:
        return {}
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        fault = f"{WAIVERS_FILE} must list waivers with a pointer and a reason each: {error}."
        raise InterfaceRefused(fault) from error
    if without := [pointer for pointer, reason in waivers.items() if not reason]:
        raise InterfaceRefused(f"{WAIVERS_FILE} gives no reason for {', '.join(without)}.")
    return waivers


def main() -> None:
    """Check the interface and print what was found. Exits with 1 where it is refused."""
    parser = argparse.ArgumentParser(description=f"Check that {DOCUMENT_NAME} breaks nothing of the last release.")
    which = "a tag, branch or commit to compare with (the newest tag like v1.2.3)"
    parser.add_argument("--since", metavar="REF", default="", help=which)
    try:
        print(check_interface(parser.parse_args().since))
    except InterfaceRefused as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
