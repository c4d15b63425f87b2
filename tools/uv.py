"""uv with the index and the certificates that pip was given: `python -m tools.uv pip install …`.

uv does not read pip's configuration. Whoever has told pip of an index, in a file or in the environment, has told this
as well; what the environment says to uv itself stays.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# pip's name of a setting, and the variable by which uv takes it.
_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "no-index": "UV_NO_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}
# Of a setting that stands in several places, pip takes the last one.
_SECTIONS = ("global", "install", ":env:")


def parse_settings(listed: Iterable[str]) -> dict[str, str]:
    """Return pip's settings by their names, from the lines that `pip config list` prints."""
    settings: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in listed:
        place, _, value = line.partition("=")
        section, _, name = place.partition(".")
        if section in settings:
            settings[section][name.replace("_", "-")] = ast.literal_eval(value)
    return {name: value for section in _SECTIONS for name, value in settings[section].items()}


def build_environment(settings: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which uv finds what pip finds with `settings`."""
    variables = {
        _VARIABLES[name]: _write(name, value) for name, value in settings.items() if name in _VARIABLES and value
    }
    # As pip does: of all indexes, whichever has the file that was locked. The hashes make that safe.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **variables, **environ}


def _write(name: str, value: str) -> str:
    words = value.split()
    return (",".join if name == "find-links" else " ".join)(words)


def main() -> None:
    """Become uv, with the arguments of the command line."""
    uv = str(Path(sys.executable).parent / "uv")
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    environment = build_environment(parse_settings(listed.stdout.splitlines()), os.environ)
    os.execve(uv, [uv, *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
