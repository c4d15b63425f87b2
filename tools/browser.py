"""Finds the browser that the tests drive, and installs one where there is none: `python -m tools.browser`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class BrowserMissing(Exception):
    """There is no Chromium, and none could be installed."""

    def __init__(self) -> None:
        super().__init__(
            "The tests need Chromium. Install it, or name the one there is with CHROMIUM=/path/to/chromium."
        )


def find_browser() -> str | None:
    """Return the path of Chromium: what CHROMIUM names, else what the machine or Playwright has; `None` without any."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    return _find_downloaded()


def install_browser() -> str:
    """Return the path of Chromium, installed by the machine's packages if need be, else by Playwright's download.

    Raises `BrowserMissing`.
    """
    for command in _list_installers():
        if path := find_browser():
            return path
        print("Installing Chromium for the tests:", " ".join(command), flush=True)
        subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if path := find_browser():
        return path
    raise BrowserMissing


def _list_installers() -> list[list[str]]:
    download = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return download
    update = ["apt-get", "-qq", "update"]
    install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
    return [update, install, *download]


def _find_downloaded() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.access(path, os.X_OK) else None


if __name__ == "__main__":
    try:
        install_browser()
    except BrowserMissing as error:
        sys.exit(str(error))
