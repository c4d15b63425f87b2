"""Installs the clients that these tests run, unless they are there: `python -m tests.clients.programs`, as root.

They are the real programs, from Debian's packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# Each program, and the package of Debian's that has it. Modules are known by a program of their package.
_PACKAGES = {
    "curl": "curl",
    "wget": "wget",
    "busybox": "busybox-static",
    "ab": "apache2-utils",
    "corelist": "perl",  # HTTP::Tiny
    "lwp-request": "libwww-perl",
    "php": "php-cli",
    "ruby": "ruby",
    "tclsh": "tcl",
    "javac": "default-jdk-headless",
    "mcs": "mono-mcs",
    "mono": "mono-runtime",
}
_PROGRAM_FOLDERS = f"{os.environ.get('PATH', os.defpath)}:/usr/local/bin:/usr/bin"


class ProgramMissing(Exception):
    """Programs that these tests run are missing and could not be installed."""

    def __init__(self, names: list[str], reason: str = "") -> None:
        super().__init__(
            f"The tests of old clients need {', '.join(names)}: run `make test-clients` as root on Debian 12, or "
            f"install {', '.join(_list_packages(names))} first.{reason and f' {reason}'}"
        )


def find_program(name: str) -> str:
    """Return the path of a program. Raises `ProgramMissing`."""
    if found := shutil.which(name, path=_PROGRAM_FOLDERS):
        return found
    raise ProgramMissing([name])


def install_programs() -> None:
    """Make all programs available, unless they are. Raises `ProgramMissing`."""
    missing = _list_missing()
    if not missing:
        return
    if os.geteuid() != 0:
        raise ProgramMissing(missing, "Only root may install packages.")
    print("Reading Debian's lists of packages.", flush=True)
    _run_apt(missing, "update")
    packages = _list_packages(missing)
    print("Installing for the tests of old clients:", " ".join(packages), flush=True)
    _run_apt(missing, "install", "--yes", "--no-install-recommends", *packages)
    if missing := _list_missing():
        raise ProgramMissing(missing)


def _list_missing() -> list[str]:
    return [name for name in _PACKAGES if shutil.which(name, path=_PROGRAM_FOLDERS) is None]


def _list_packages(names: list[str]) -> list[str]:
    return sorted({_PACKAGES[name] for name in names})


def _run_apt(missing: list[str], *arguments: str) -> None:
    try:
        ended = subprocess.run(
            ["apt-get", "-qq", *arguments],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except FileNotFoundError:
        raise ProgramMissing(missing, "There is no apt-get.") from None
    if ended.returncode != 0:
        raise ProgramMissing(missing, f"apt-get says: {ended.stdout.strip()}")


if __name__ == "__main__":
    try:
        install_programs()
    except ProgramMissing as error:
        sys.exit(str(error))
