"""Names: what a version may be called, and what operating systems leave in any folder."""

from __future__ import annotations

import re

CURRENT_LINK = "current"

# Of macOS, Windows, Linux and NAS; `..` begins what Kubernetes keeps in a volume, `.nfs` what NFS has not removed yet.
_SYSTEM_NAMES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "lost+found", "@eaDir"})
_SYSTEM_PREFIXES = ("._", "..", ".nfs")

VERSION_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class InvalidVersionName(ValueError):
    """A text that cannot name a version."""

    rule = (
        "must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or a digit, "
        f"and other than {CURRENT_LINK!r}"
    )

    def __init__(self, name: str) -> None:
        super().__init__(f"The version name {self.rule}, not {name!r}.")


def is_version_name(name: str) -> bool:
    """Return whether `name` may name a version."""
    return name != CURRENT_LINK and VERSION_PATTERN.fullmatch(name) is not None


def check_version_name(name: str) -> None:
    """Raise `InvalidVersionName` unless `name` may name a version."""
    if not is_version_name(name):
        raise InvalidVersionName(name)


def is_of_system(name: str) -> bool:
    """Return whether `name` is that of a file which operating systems leave in folders: it is not to be read."""
    return name in _SYSTEM_NAMES or name.startswith(_SYSTEM_PREFIXES)
