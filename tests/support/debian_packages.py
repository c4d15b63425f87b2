"""Programs of Debian's packages, which tests drive: found, or installed where they are missing, as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Mapping

PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin"


class ProgramMissing(Exception):
    """Programs that tests drive are missing and could not be installed."""

    def __init__(self, purpose: str, names: Collection[str], packages: Mapping[str, str], reason: str = "") -> None:
        wanted = ", ".join(list_packages(names, packages))
        super().__init__(
            f"The {purpose} need {', '.join(names)}: run them as root on Debian 12, or install {wanted} first."
            f"{reason and f' {reason}'}"
        )


def find_program(name: str, packages: Mapping[str, str], purpose: str) -> str:
    """Return the path of a program. Raises `ProgramMissing`."""
    if found := shutil.which(name, path=PATH):
        return found
    raise ProgramMissing(purpose, [name], packages)


def install_missing(packages: Mapping[str, str], purpose: str) -> None:
    """Install the package of each program that is missing, in `packages` by programs. Raises `ProgramMissing`."""
    missing = [name for name in packages if shutil.which(name, path=PATH) is None]
    if not missing:
        return
    wanted = list_packages(missing, packages)
    print(f"Installing for the {purpose}:", " ".join(wanted), flush=True)
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *wanted]):
        if said := _run_apt(arguments):
            raise ProgramMissing(purpose, missing, packages, said)
    if missing := [name for name in missing if shutil.which(name, path=PATH) is None]:
        raise ProgramMissing(purpose, missing, packages)


def list_packages(names: Collection[str], packages: Mapping[str, str]) -> list[str]:
    """Return the packages of some programs, each once; a program that no package has is named itself."""
    return sorted({packages.get(name, name) for name in names})


def _run_apt(arguments: list[str]) -> str:
    """Run apt-get, and return why it failed, if it did."""
    try:
        ended = subprocess.run(
            ["apt-get", "-qq", *arguments],
            # What is installed is not started: the tests start what they need, where they need it.
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except FileNotFoundError:
        return "There is no apt-get."
    return f"apt-get says: {ended.stdout.strip()}" if ended.returncode != 0 else ""
