"""schemathesis, from the generated document, against the running server: every answer is as documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.depth import repeats
from tests.support.running_server import RunningServer


def test_schemathesis_finds_no_answer_that_is_not_documented(server: RunningServer, tmp_path: Path) -> None:
    workers = server.list_workers()
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{server.url}/openapi.json",
        "--phases=examples,coverage,fuzzing",
        f"--max-examples={repeats(5, 200)}",
        "--seed=1",
        "--generation-database=none",
        "--no-color",
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=repeats(280, 3000))
    assert ended.returncode == 0, ended.stdout[-5000:]
    assert server.list_workers() == workers
