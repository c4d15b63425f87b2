"""Small programs that stand in for docker and ssh on a PATH of a test's own."""

from __future__ import annotations

import os
from pathlib import Path


def write_program(folder: Path, name: str, script: str) -> str:
    """Write a program of the shell to `folder`, and return the PATH on which it is the first."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
