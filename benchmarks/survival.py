"""Measures what clients can do to the service: `python -m benchmarks.survival`.

Slow clients, too many requests, and workers that are killed, each beside ordinary requests; the public tools wrk and
slowhttptest as well, where they are installed. What is compared is measured in one run, in turn.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from benchmarks.open_loop import OpenLoopClient, Outcome
from tests.support.raw_http import post
from tests.support.running_server import COLD, RunningServer, run_server
from tests.support.slow_clients import slow_clients
from training import train
from training.dataset import load_dataset

N_SILENT, N_SLOW = 1000, 200
N_ROUNDS = 3
SECONDS = 5.0
# Of the capacity: what is no load.
UNLOADED = 0.2
KILL_SECONDS = 20


def main() -> None:
    """Train the example model, do to its server what clients may do, and print what that does to others."""
    instance = load_dataset().X[0].tolist()
    body = orjson.dumps({"features": instance})
    request = post("/predict", body)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            train.main(["--artifact-dir", str(folder / "artifacts"), "--version", "benchmark"])
        with run_server(folder / "artifacts", folder, COLD) as server:
            capacity = statistics.median(
                OpenLoopClient(server.port, request).measure_capacity(16, SECONDS) for _ in range(N_ROUNDS)
            )
            print(f"{capacity:.0f} requests a second are answered to 16 clients that wait for their answers.")
            _measure_slow_clients(server, request, body, capacity)
            _measure_overload(server, request, capacity)
            _measure_public_tools(server, folder, body)
            _measure_kills(server, request, capacity)


def _measure_slow_clients(server: RunningServer, request: bytes, body: bytes, capacity: float) -> None:
    print(f"\n{N_SILENT} silent and {N_SLOW} slow connections, beside ordinary requests at {UNLOADED:.0%} of that")
    for _ in range(N_ROUNDS):
        _print_outcome("without them", _ask(server, request, UNLOADED * capacity))
        with slow_clients(server.connect, N_SILENT, N_SLOW, body):
            _print_outcome("as they come, all at once", _ask(server, request, UNLOADED * capacity))
            _print_outcome("with them", _ask(server, request, UNLOADED * capacity))


def _measure_overload(server: RunningServer, request: bytes, capacity: float) -> None:
    print("\nMore requests than can be answered, in an open loop, by shares of the capacity")
    for _ in range(N_ROUNDS):
        for load in (UNLOADED, 2.0, 5.0):
            _print_outcome(f"{load:.0%}", _ask(server, request, load * capacity))
        time.sleep(1.0)
        _print_outcome(f"{UNLOADED:.0%}, a second later", _ask(server, request, UNLOADED * capacity))


def _measure_kills(server: RunningServer, request: bytes, capacity: float) -> None:
    print(f"\nA worker killed every second, {KILL_SECONDS} times, at half the capacity")
    with _killing(server):
        outcome = OpenLoopClient(server.port, request).run(0.5 * capacity, KILL_SECONDS)
    _print_outcome("50%", outcome)


def _measure_public_tools(server: RunningServer, folder: Path, body: bytes) -> None:
    script = folder / "predict.lua"
    script.write_text(
        f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = \'{body.decode()}\'\n'
    )
    wrk, attack = shutil.which("wrk"), shutil.which("slowhttptest")
    if wrk is None or attack is None:
        print("\nwrk and slowhttptest are not installed (Debian has both).")
        return
    ask = [wrk, "-t1", "-c8", f"-d{SECONDS:.0f}", "--latency", "-s", str(script), f"{server.url}/predict"]
    kinds = {"nothing else": [], "slow heads": ["-H"], "slow bodies": ["-B"], "slow readers": ["-X"]}
    print("\nwrk with 8 connections, beside 1,000 of slowhttptest")
    for name, options in kinds.items():
        url = f"{server.url}/predict" if "-B" in options else f"{server.url}/openapi.json"
        command = [attack, *options, "-c", "1000", "-r", "500", "-i", "1", "-l", "60", "-u", url]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) if options else None
        time.sleep(3.0 if options else 0.0)
        try:
            lines = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.splitlines()
        finally:
            if process is not None:
                process.terminate()
                process.wait()
        words = ("50%", "99%", "Requests/sec", "Socket errors", "Non-2xx")
        print(f"{name:<28}" + "  ".join(" ".join(line.split()) for line in lines if line.strip().startswith(words)))


def _ask(server: RunningServer, request: bytes, rate: float) -> Outcome:
    return OpenLoopClient(server.port, request).run(rate, SECONDS)


@contextlib.contextmanager
def _killing(server: RunningServer) -> Iterator[None]:
    """Kill a worker each second during the `with` block."""
    is_over = threading.Event()

    def kill() -> None:
        while not is_over.wait(1.0):
            with contextlib.suppress(IndexError, ProcessLookupError):
                os.kill(server.list_workers()[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _print_outcome(name: str, outcome: Outcome) -> None:
    parts = []
    for status, seconds in sorted(outcome.seconds.items()):
        quantiles = ", ".join(
            f"{share * 100:g} % in {outcome.find_quantile(status, share):.1f} ms" for share in (0.5, 0.99)
        )
        parts.append(f"{len(seconds)} × {status} ({quantiles})")
    failures = ", ".join(f"{count} {what}" for what, count in outcome.failures.items()) or "none lost"
    print(f"{name:<28}{'; '.join(parts)}; {failures}")


if __name__ == "__main__":
    main()
