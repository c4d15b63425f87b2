"""Looks for what the tests in this folder have started and not ended."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from pathlib import Path


def list_leftovers(workplace: Path) -> list[str]:
    """Return the processes, mounts, networks and users that tests with their engines in `workplace` have left."""
    ours = f"mls{os.getpid()}"
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    networks = [path.name for path in Path("/run/netns").glob("*")]
    users = [user.pw_name for user in pwd.getpwall()]
    return [
        *_list_commands(str(workplace)),
        *(mount for mount in mounts if mount.startswith(f"{workplace}/")),
        *(name for name in (*networks, *users) if name.startswith(ours)),
    ]


def _list_commands(word: str) -> list[str]:
    """Return the commands of the processes that name `word`."""
    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            commands.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [command for command in commands if word in command]
