"""Installs the clients that these tests run, unless they are there: `python -m tests.clients.programs`, as root.

They are the real programs, from Debian's packages.
"""

from __future__ import annotations

import sys

from tests.support import debian_packages

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
_PURPOSE = "tests of old clients"


def find_program(name: str) -> str:
    """Return the path of a program. Raises `ProgramMissing`."""
    return debian_packages.find_program(name, _PACKAGES, _PURPOSE)


if __name__ == "__main__":
    try:
        debian_packages.install_missing(_PACKAGES, _PURPOSE)
    except debian_packages.ProgramMissing as error:
        sys.exit(str(error))
