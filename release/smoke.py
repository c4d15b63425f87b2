"""Checks from outside that a service is up and serves what was deployed: `python3 -m release.smoke [URL]`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from release.expectation import Expectation, ExpectationUnreadable, read_expectation
from release.service_address import AddressUnusable, ServiceAddress
from release.service_client import NoAnswer, ServiceClient
from release.smoke_answers import SmokeFailed
from release.smoke_checks import (
    Check,
    check_batch,
    check_document,
    check_predictions,
    check_refusal,
    check_version,
    wait_until_ready,
)

__all__ = ["CHECKS_TIMEOUT_SECONDS", "READY_TIMEOUT_SECONDS", "SmokeFailed", "check_service", "main"]

DEFAULT_URL = "http://127.0.0.1:8000"
READY_TIMEOUT_SECONDS = 30.0
CHECKS_TIMEOUT_SECONDS = 30.0

_MAX_TIMEOUT_SECONDS = 3600.0
_CHECKS: tuple[tuple[str, Check], ...] = (
    ("the expected version is served", check_version),
    ("every golden row is predicted", check_predictions),
    ("a batch is predicted", check_batch),
    ("a bad request is refused", check_refusal),
    ("the OpenAPI document loads", check_document),
)

Report = Callable[[str, float], None]


def check_service(
    url: str,
    expectation: Expectation,
    timeout_seconds: float = READY_TIMEOUT_SECONDS,
    report: Report = lambda passed, duration_seconds: None,
) -> None:
    """Return once the service at `url` has become ready and has passed every check. Raises `SmokeFailed`.

    It may take `timeout_seconds` to become ready, and then CHECKS_TIMEOUT_SECONDS for the checks; the last request may
    exceed either by a few seconds. `report` is told of each check that has passed, and how long it took.
    """
    try:
        address = ServiceAddress.parse(url)
        with closing(ServiceClient(address)) as client:
            _run("the service is ready", partial(wait_until_ready, client, timeout_seconds), report)
        with closing(ServiceClient(address, CHECKS_TIMEOUT_SECONDS)) as client:
            for name, check in _CHECKS:
                _run(name, partial(check, client, expectation), report)
    except (AddressUnusable, NoAnswer) as error:
        raise SmokeFailed(str(error)) from error


def _run(name: str, check: Callable[[], None], report: Report) -> None:
    started_at = time.monotonic()
    check()
    report(name, time.monotonic() - started_at)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the service that `arguments` name and print what has passed; return the status to exit with."""
    options = _parse_arguments(arguments)
    try:
        expectation = read_expectation(options.artifact_dir, os.environ.get("MODEL_VERSION", "").strip() or None)
        check_service(options.url, expectation, options.timeout, _print_passed)
    except (ExpectationUnreadable, SmokeFailed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _build_parser()
    options = parser.parse_args(arguments)
    try:
        ServiceAddress.parse(options.url)
    except AddressUnusable as error:
        parser.error(str(error))
    return options


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m release.smoke", description="Check a deployed service.")
    parser.add_argument("url", nargs="?", default=DEFAULT_URL, metavar="URL", help="where it is (%(default)s)")
    parser.add_argument(
        "--artifact-dir",
        type=Path,
        default=Path(os.environ.get("ARTIFACT_DIR", "").strip() or "artifacts"),
        metavar="FOLDER",
        help="where the version is published that it should serve (%(default)s): the current one, or MODEL_VERSION",
    )
    parser.add_argument(
        "--timeout",
        type=_parse_timeout,
        default=READY_TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="how long it may take to become ready (%(default)g)",
    )
    return parser


def _parse_timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MAX_TIMEOUT_SECONDS:
        raise argparse.ArgumentTypeError(f"must be a number of seconds from 0 to {_MAX_TIMEOUT_SECONDS:g}")
    return seconds


def _print_passed(name: str, duration_seconds: float) -> None:
    print(f"passed in {duration_seconds * 1000:5.0f} ms: {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
