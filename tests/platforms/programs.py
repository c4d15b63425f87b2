"""Runs the validators that are installed beside Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

KUBECTL = "kubectl"
KUBERNETES_VALIDATE = "kubernetes-validate"
CFN_LINT = "cfn-lint"
YAMLLINT = "yamllint"

_TIMEOUT_SECONDS = 240


def run_validator(name: str, *arguments: str | Path) -> tuple[int, str]:
    """Run one of these validators and return its exit status with all that it printed."""
    # Not what else may be on the PATH: only this one has the version that is locked.
    program = Path(sys.executable).parent / name
    ended = subprocess.run(
        [program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT_SECONDS,
    )
    return ended.returncode, ended.stdout
