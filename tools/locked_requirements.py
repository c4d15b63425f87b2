"""Checks that the locked requirements are what the .in files ask for: `python -m tools.locked_requirements`.

Locks a copy again, as `make lock` does; uv keeps every version that is locked already, so nothing else can change.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def list_outdated() -> list[str]:
    """Return the names of the locked files that `make lock` would change."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for folder in ("requirements", "tools"):
            shutil.copytree(ROOT / folder, copy / folder)
        shutil.copy(ROOT / "Makefile", copy)
        (copy / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
        # --assume-old: the environment is installed, whatever the times of the copied files.
        command = ["make", "--silent", "--assume-old=.venv/.installed", "lock"]
        subprocess.run(command, cwd=copy, check=True, stdin=subprocess.DEVNULL)
        return [
            str(file.relative_to(ROOT))
            for file in sorted(ROOT.glob("requirements/*.txt"))
            if _differ(file, copy / file.relative_to(ROOT))
        ]


def _differ(file: Path, other: Path) -> bool:
    return file.read_bytes() != other.read_bytes()


if __name__ == "__main__":
    if outdated := list_outdated():
        sys.exit(f"Not current: {', '.join(outdated)}. Run 'make lock' and commit what it writes.")
