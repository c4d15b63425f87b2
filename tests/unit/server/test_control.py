from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.server import control as running_master
from app.server.control import NoAnswer, ReloadOutcome, find_master, name_service, reload_server
from tests.support.running_server import ROOT, wait_until

# Looks like a server from outside, and does what its argument says instead of a reload.
SERVER = """
import os, signal, sys, time
from app.server.control import ReloadReport

address, prepare, answer = sys.argv[1:]
report = ReloadReport(address)
exec(prepare)
signal.signal(signal.SIGHUP, lambda *_: exec(answer, globals()))
print("ready", flush=True)
while True:
    time.sleep(0.01)  # not pause(): a signal that comes just before it is answered after it
"""


@contextmanager
def start_master(address: str, answer: str = "", prepare: str = "") -> Iterator[int]:
    """Run a process that looks like the master of a server, and yield its id; `answer` is what it does at SIGHUP."""
    command = [sys.executable, "-c", SERVER, address, prepare, answer]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    reaper = threading.Thread(target=process.wait)
    reaper.start()
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process.pid
    finally:
        process.kill()
        reaper.join()
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def address() -> str:
    """Return an address that no server of this machine has, nor any of the tests beside this one: it is but a name."""
    return f"{uuid.uuid4()}:8000"


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what makes this machine run nothing but processes that have files of the names given open."""
    monkeypatch.setattr(running_master, "_PROC", tmp_path)
    (tmp_path / "meminfo").touch()
    (tmp_path / "1").mkdir()

    def make(*names: str) -> None:
        for process, name in enumerate(names, start=100):
            (tmp_path / str(process) / "fd").mkdir(parents=True)
            (tmp_path / str(process) / "fd" / "3").symlink_to(name)

    return make


def refuse(address: str, timeout_seconds: float = 60.0) -> str:
    """Return the sentence that says why the server at `address` has not reloaded."""
    with pytest.raises(NoAnswer) as refused:
        reload_server(address, timeout_seconds)
    return str(refused.value)


def test_names_a_service_by_its_address() -> None:
    assert name_service("[::1]:8000") == "ml-service [::1]:8000"


def test_finds_the_master_by_its_address(address: str) -> None:
    with start_master(address) as process, start_master(f"{address}0"):
        assert find_master(address)[0] == process


def test_names_the_servers_that_run_where_none_has_the_address(processes: Callable[..., None]) -> None:
    processes(
        "/memfd:ml-service b:2 (deleted)", "/memfd:ml-service a:1 (deleted)", "/memfd:other c:3 (deleted)", "/log"
    )
    with pytest.raises(NoAnswer) as refused:
        find_master("c:3")
    assert str(refused.value) == (
        "No server of yours listens at c:3, but at a:1, b:2. Set HOST and PORT to what the server was given."
    )


def test_says_that_no_server_runs_at_all(processes: Callable[..., None]) -> None:
    processes("/dev/null")
    with pytest.raises(NoAnswer) as refused:
        find_master("a:1")
    assert str(refused.value) == (
        "No server of yours is running. 'make run' starts one, which serves the current version."
    )


def test_passes_over_processes_that_it_may_not_look_at(
    processes: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    processes("/memfd:ml-service a:1 (deleted)", "/memfd:ml-service a:1 (deleted)")
    iterdir = Path.iterdir

    def refuse_the_second(path: Path) -> Iterator[Path]:
        if path == tmp_path / "101" / "fd":
            raise PermissionError(13, "Permission denied")
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", refuse_the_second)
    assert find_master("a:1") == (100, tmp_path / "100" / "fd" / "3")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("report.begin(); report.end('v2')", ReloadOutcome("v2")),
        (
            "report.begin(); report.end('v1', refusal='It is bad.\\nReally: é.')",
            ReloadOutcome("v1", "It is bad.\nReally: é."),
        ),
    ],
)
def test_returns_how_the_reload_has_ended(address: str, answer: str, outcome: ReloadOutcome) -> None:
    with start_master(address, answer):
        assert reload_server(address, 60.0) == outcome


def test_tells_one_reload_from_the_one_before(address: str) -> None:
    answer = "report.begin(); report.end('v1', 'bad ' * 1000) if report._progress.n_begun == 1 else report.end('v2')"
    with start_master(address, answer):
        first, second = reload_server(address, 60.0), reload_server(address, 60.0)
    assert (first, second) == (ReloadOutcome("v1", "bad " * 1000), ReloadOutcome("v2"))


def test_waits_for_a_reload_that_begins_after_it_was_asked_for(address: str) -> None:
    with start_master(address, "report.end('v1'); report.begin(); report.end('v2')", prepare="report.begin()"):
        assert reload_server(address, 60.0) == ReloadOutcome("v2")


def test_does_not_take_the_end_of_an_earlier_reload_for_that_of_its_own(address: str) -> None:
    with start_master(address, "report.end('v1')", prepare="report.begin()"):
        assert "has not ended its reload within 0.5 seconds" in refuse(address, timeout_seconds=0.5)


def test_tells_a_master_from_the_processes_that_it_forks(address: str) -> None:
    with start_master(address, "child = os.fork()\nwhile True: signal.pause()") as process:
        os.kill(process, signal.SIGHUP)
        children = Path(f"/proc/{process}/task/{process}/children")
        wait_until(lambda: children.read_text() != "", "a child")
        child = int(children.read_text())
        try:
            assert find_master(address)[0] == process
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_reader_takes_the_first_line_while_a_longer_report_is_being_replaced(address: str) -> None:
    prepare = "report.begin(); report.end('v1', 'no' * 5000); os.ftruncate = lambda *_: None"
    with start_master(address, "report.begin(); report.end('v2', 'no')", prepare):
        assert reload_server(address, 60.0) == ReloadOutcome("v2", "no")


def test_says_that_the_server_has_not_ended_its_reload(address: str) -> None:
    with start_master(address) as process:
        assert refuse(address, timeout_seconds=0.2) == (
            f"The server (process {process}) has not ended its reload within 0.2 seconds: see its log."
        )


def test_says_that_the_server_has_ended(address: str) -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nothing is left of a child that has ended
    try:
        with start_master(address, "os._exit(1)") as process:
            sentence = refuse(address)
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert sentence.startswith(f"The server (process {process}) has ended, or cannot be asked: ")


def test_says_that_the_server_may_not_be_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_signal(process: int, signal_number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    with start_master(address) as process, monkeypatch.context() as patch:
        patch.setattr(os, "kill", refuse_signal)
        sentence = refuse(address)
    assert sentence == f"Process {process}, the server, cannot be told to reload: Operation not permitted."
