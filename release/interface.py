"""Checks that openapi.json breaks nothing of the last release, unless the major version or a waiver says so.

`python3 -m release.interface [REF]`: REF is a tag, branch or commit to compare with, else the newest tag like v1.2.3.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from release.differences import Node, list_breaking

DOCUMENT = Path("openapi.json")
WAIVERS = Path("release/waivers.toml")

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


class InterfaceRefused(Exception):
    """The interface may not be released as it is, or cannot be checked. The message says why, and what to do."""


def check_interface(reference: str = "") -> str:
    """Return what there is to say of the interface since `reference`. Raises `InterfaceRefused`."""
    release, waivers = reference or find_last_release(), _read_waivers()
    if release:
        (old, before), (new, after) = _read_document(release), _read_document()
        if after < before:
            versions = [each["info"]["version"] for each in (old, new)]
            raise InterfaceRefused(f"The version went back from {versions[0]} ({release}) to {versions[1]}.")
    try:
        differences = {each.pointer: str(each) for each in (list_breaking(old, new) if release else [])}
    except LookupError as error:
        raise InterfaceRefused(f"{DOCUMENT} cannot be compared with that of {release}: {error}.") from error
    if unused := sorted(waivers - differences.keys()):
        raise InterfaceRefused(f"{WAIVERS} waives what is no difference (any more): {', '.join(unused)}.")
    if not release:
        return "There is no earlier release, and so nothing that could break."
    changes = [sentence for pointer, sentence in differences.items() if pointer not in waivers]
    if not changes:
        waived = f", but for {len(waivers)} that {WAIVERS} gives reasons for" if waivers else ""
        return f"{DOCUMENT} breaks nothing of {release}{waived}."
    broken = "\n  ".join([f"{DOCUMENT} breaks what {release} promised:", *changes])
    if after[0] > before[0]:
        return f"{broken}\nThe major version says so: it was {before[0]} and is {after[0]}."
    raise InterfaceRefused(
        f"{broken}\nKeep the old behaviour, raise the major number in app/version.py and run 'make openapi', or give a "
        f"reason why nobody is broken in {WAIVERS}."
    )


def find_last_release() -> str:
    """Return the tag of the last release before what is in the working folder; empty where there is none."""
    try:
        _git("diff", "--quiet", "HEAD", "--", str(DOCUMENT))
        # What is tagged itself is compared with the release before it: with itself it would always agree.
        own = ["--no-contains", "HEAD"]
    except InterfaceRefused:
        own = []
    tags = [it for tag in _git("tag", "--list", *own).split() if (it := re.fullmatch(r"v(\d+)\.(\d+)\.(\d+)", tag))]
    if not tags and _git("rev-parse", "--is-shallow-repository").strip() == "true":
        raise InterfaceRefused("This clone is shallow and lacks the tags: git fetch --tags --unshallow (GIT_DEPTH: 0).")
    return max(tags, key=lambda tag: [int(each) for each in tag.groups()])[0] if tags else ""


def _git(*arguments: str) -> str:
    ended = subprocess.run(["git", *arguments], capture_output=True, text=True, errors="replace")
    if ended.returncode != 0:
        raise InterfaceRefused(f"git {' '.join(arguments)} has failed: {ended.stderr.strip() or ended.returncode}")
    return ended.stdout


def _read_document(release: str = "") -> tuple[Node, tuple[int, int, int, bool]]:
    """Return the document of a release, or of this folder, and its version: the pre-releases of one are equal."""
    place = f"{DOCUMENT} of {release or 'this folder'}"
    try:
        text = _git("show", "--end-of-options", f"{release}:./{DOCUMENT}") if release else DOCUMENT.read_text("utf-8")
        document = json.loads(text)
    except (OSError, ValueError) as error:
        raise InterfaceRefused(f"The {place} cannot be used: {error}.") from error
    if not (isinstance(document, dict) and all(isinstance(document.get(each), dict) for each in ("info", "paths"))):
        raise InterfaceRefused(f"The {place} cannot be used: it is no object with 'info' and 'paths'.")
    version = str(document["info"].get("version", ""))
    if not (match := _VERSION.fullmatch(version)):
        raise InterfaceRefused(f"The version '{version}' in {place} is not like 1.2.3.")
    return document, (int(match[1]), int(match[2]), int(match[3]), match[4] is None)


def _read_waivers() -> set[str]:
    try:
        entries = tomllib.loads(WAIVERS.read_text()).get("waiver", []) if WAIVERS.exists() else []
        reasons = {entry["pointer"].strip(): entry["reason"].strip() for entry in entries}
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise InterfaceRefused(f"{WAIVERS} must list waivers with a pointer and a reason each: {error}.") from error
    if without := [pointer for pointer, reason in reasons.items() if not reason]:
        raise InterfaceRefused(f"{WAIVERS} gives no reason for {', '.join(without)}.")
    return set(reasons)


if __name__ == "__main__":
    try:
        print(check_interface(*sys.argv[1:2]))
    except (InterfaceRefused, OSError) as refused:
        sys.exit(str(refused))
