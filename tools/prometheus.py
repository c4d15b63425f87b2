"""Finds Prometheus and Alertmanager, which the tests run, and unpacks them where there are none.

`python -m tools.prometheus` unpacks Debian's packages into the virtual environment: nothing is installed, no service is
started, and nobody needs to be root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROMETHEUS = ("prometheus",)
PROMTOOL = ("promtool",)
ALERTMANAGER = ("alertmanager", "prometheus-alertmanager")
AMTOOL = ("amtool",)

_PROGRAMS = (PROMETHEUS, PROMTOOL, ALERTMANAGER, AMTOOL)
_PACKAGES = ("prometheus", "prometheus-alertmanager")
_FOLDER = Path(sys.prefix) / "prometheus"

# Debian's Alertmanager reads its templates from there and knows no option for it. In the copy stands a path of the same
# length that leads to the working folder, so that nothing need be put on the machine.
_TEMPLATES = b"/usr/share/prometheus/alertmanager"
_OWN_TEMPLATES = b"/proc/self/cwd//./././alertmanager"


class PrometheusMissing(Exception):
    """Some of the programs are missing, and Debian's packages could not be had."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"The tests need {', '.join(names)}. Put them on the PATH, or run 'make prometheus' on Debian or Ubuntu "
            "with filled package lists ('apt-get update' fills them)."
        )


def find_program(names: tuple[str, ...]) -> str:
    """Return the path of a program that has one of `names`: the machine's, else the one that was unpacked.

    Raises `PrometheusMissing`.
    """
    for path in (None, str(_FOLDER / "usr" / "bin")):
        for name in names:
            if found := shutil.which(name, path=path):
                return found
    raise PrometheusMissing([names[0]])


def find_working_folder() -> Path | None:
    """Return the folder that the programs must be started in; `None` where it may be any."""
    folder = _FOLDER / "usr" / "share" / "prometheus"
    return folder if folder.is_dir() else None


def unpack_programs() -> None:
    """Make all programs available, unless they are. Raises `PrometheusMissing`."""
    if not list_missing():
        return
    with tempfile.TemporaryDirectory(prefix="prometheus-", dir=sys.prefix) as name:
        folder = Path(name)
        if _download(folder):
            _unpack(folder)
    if missing := list_missing():
        raise PrometheusMissing(missing)


def list_missing() -> list[str]:
    """Return the names of the programs that are not there."""
    missing = []
    for names in _PROGRAMS:
        try:
            find_program(names)
        except PrometheusMissing:
            missing.append(names[0])
    return missing


def _download(folder: Path) -> bool:
    """Return whether Debian's packages are in `folder` now; the package lists are renewed if need be, and if root."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return False
    print("Unpacking Debian's", " and ".join(_PACKAGES), "for the tests, without installing them.", flush=True)
    download = ["apt-get", "-qq", "download", *_PACKAGES]
    if _succeeds(download, folder):
        return True
    return os.geteuid() == 0 and _succeeds(["apt-get", "-qq", "update"], folder) and _succeeds(download, folder)


def _unpack(folder: Path) -> None:
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, folder / "root"], check=True, stdin=subprocess.DEVNULL)
    alertmanager = folder / "root" / "usr" / "bin" / ALERTMANAGER[-1]
    alertmanager.write_bytes(alertmanager.read_bytes().replace(_TEMPLATES, _OWN_TEMPLATES))
    shutil.rmtree(_FOLDER, ignore_errors=True)
    (folder / "root").rename(_FOLDER)


def _succeeds(command: list[str], folder: Path) -> bool:
    # apt says of every download by root that it was not made by a user of its own.
    nowhere = subprocess.DEVNULL
    ended = subprocess.run(command, cwd=folder, check=False, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    return ended.returncode == 0


if __name__ == "__main__":
    try:
        unpack_programs()
    except PrometheusMissing as error:
        sys.exit(str(error))
