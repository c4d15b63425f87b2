from __future__ import annotations

from pathlib import Path

from tests.nginx.running_nginx import RunningNginx
from tests.support.raw_http import post


def read_status(nginx: RunningNginx, name: str) -> list[str]:
    """Return what the system says of nginx's main process."""
    lines = Path(f"/proc/{nginx.process.pid}/status").read_text().splitlines()
    return next(line.split()[1:] for line in lines if line.startswith(f"{name}:"))


def test_runs_as_a_user_without_rights(nginx: RunningNginx) -> None:
    assert "0" not in read_status(nginx, "Uid") + read_status(nginx, "Gid")
    assert {*read_status(nginx, "CapEff"), *read_status(nginx, "CapPrm")} == {"0" * 16}


def test_keeps_a_large_body_in_the_one_folder_it_may_write_to(nginx: RunningNginx, body: bytes) -> None:
    assert nginx.send(post("/predict", body.ljust(1024 * 1024))).status == 200
    made = {path.name for path in (nginx.configuration.folder / "tmp").iterdir()}
    assert made == {"nginx.pid", "client_body", "proxy", "fastcgi", "scgi", "uwsgi"}
