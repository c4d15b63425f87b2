from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running_server import ROOT
from tools.uv import build_environment, parse_settings


@pytest.mark.parametrize(
    ("name", "value", "variable", "given"),
    [
        ("index-url", "https://a.example/simple", "UV_DEFAULT_INDEX", "https://a.example/simple"),
        ("extra-index-url", "https://a.example\nhttps://b.example", "UV_INDEX", "https://a.example https://b.example"),
        ("find-links", "/a /b", "UV_FIND_LINKS", "/a,/b"),
        ("no-index", "true", "UV_NO_INDEX", "true"),
        ("trusted-host", "a.example b.example", "UV_INSECURE_HOST", "a.example b.example"),
        ("cert", "/a.pem", "SSL_CERT_FILE", "/a.pem"),
        ("client-cert", "/b.pem", "SSL_CLIENT_CERT", "/b.pem"),
        ("proxy", "http://a.example:3128", "ALL_PROXY", "http://a.example:3128"),
        ("default-timeout", "180", "UV_HTTP_TIMEOUT", "180"),
    ],
)
def test_gives_uv_what_pip_was_told(name: str, value: str, variable: str, given: str) -> None:
    assert build_environment({name: value}, {})[variable] == given


def test_takes_of_all_indexes_whichever_has_the_file_as_pip_does() -> None:
    assert build_environment({}, {}) == {"UV_INDEX_STRATEGY": "unsafe-best-match"}


def test_leaves_what_uv_was_told_itself() -> None:
    environ = {"UV_DEFAULT_INDEX": "https://own.example", "PATH": "/bin"}
    environment = build_environment({"index-url": "https://a.example"}, environ)
    assert (environment["UV_DEFAULT_INDEX"], environment["PATH"]) == ("https://own.example", "/bin")


@pytest.mark.parametrize(
    "lines",
    [
        [":env:.index-url='last'", "global.index-url='first'", "install.index-url='second'"],
        ["install.index-url='last'", "global.index-url='first'", "download.index-url='other'"],
        ["global.index_url='last'"],
    ],
)
def test_the_environment_goes_before_a_command_and_that_before_all(lines: list[str]) -> None:
    assert parse_settings(lines) == {"index-url": "last"}


def test_asks_the_index_of_pips_own_file(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/of-pip\n")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    environ |= {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "UV_HTTP_RETRIES": "0"}
    command = [sys.executable, "-m", "tools.uv", "--no-cache", "pip", "install", "--target", str(tmp_path), "six"]
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert (ended.returncode != 0, "http://127.0.0.1:9/of-pip/six/" in ended.stderr) == (True, True), ended.stderr
