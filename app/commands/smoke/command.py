"""`flask smoke`: checks from outside that a service is up and serves the version that is here."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TextIO

import click
from flask.cli import with_appcontext

from app.artifacts import AcceptancePolicy, ArtifactError, read_artifact
from app.commands.smoke.address import AddressUnusable, ServiceAddress
from app.commands.smoke.checks import (
    Check,
    check_batch,
    check_document,
    check_predictions,
    check_refusal,
    check_version,
    wait_until_ready,
)
from app.commands.smoke.client import NoAnswer, ServiceClient
from app.commands.smoke.expected import Expectation, SmokeFailed
from app.web.service import get_service

READY_TIMEOUT_SECONDS = 30.0
CHECKS_TIMEOUT_SECONDS = 30.0

_MAX_TIMEOUT_SECONDS = 3600.0
CHECKS: tuple[tuple[str, Check], ...] = (
    ("the expected version is served", check_version),
    ("every golden row is predicted", check_predictions),
    ("a batch is predicted", check_batch),
    ("a bad request is refused", check_refusal),
    ("the OpenAPI document loads", check_document),
)

Report = Callable[[str, float], None]


def check_service(
    address: ServiceAddress,
    expectation: Expectation,
    timeout_seconds: float = READY_TIMEOUT_SECONDS,
    report: Report = lambda passed, duration_seconds: None,
) -> None:
    """Return once the service at `address` has become ready and has passed every check. Raises `SmokeFailed`.

    It may take `timeout_seconds` to become ready, and then CHECKS_TIMEOUT_SECONDS for the checks; the last request may
    exceed either by a few seconds. `report` is called with each check that has passed, and how long it took.
    """
    try:
        with closing(ServiceClient(address)) as client:
            _run("the service is ready", partial(wait_until_ready, client, timeout_seconds), report)
        with closing(ServiceClient(address, CHECKS_TIMEOUT_SECONDS)) as client:
            for name, check in CHECKS:
                _run(name, partial(check, client, expectation), report)
    except NoAnswer as error:
        raise SmokeFailed(str(error)) from error


@click.command("smoke")
@click.argument("url", required=False)
@click.option(
    "--timeout",
    "timeout_seconds",
    callback=lambda context, parameter, value: _parse_timeout(value),
    default=str(READY_TIMEOUT_SECONDS),
    metavar="SECONDS",
    help="How long the service may take to become ready, by default 30.",
)
@click.option("--authority", type=click.File(), help="The certificate to trust, in PEM; - is standard input.")
@with_appcontext
def smoke(url: str | None, timeout_seconds: float, authority: TextIO | None) -> None:
    """Check that the service at URL serves the version that is here: the current one, or MODEL_VERSION.

    Without a URL it is the server of this machine, at HOST and PORT.

    Nothing is unpickled: the version's golden rows are sent, and its answers compared with those in training. Without
    --authority, certificates are checked against the machine's authorities, or those of SSL_CERT_FILE.
    """
    try:
        address = ServiceAddress.parse(url or get_service().settings.local_url, authority.read() if authority else None)
    except AddressUnusable as error:
        raise click.UsageError(str(error)) from error
    try:
        check_service(address, _read_expectation(), timeout_seconds, _print_passed)
    except (ArtifactError, OSError, SmokeFailed) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _read_expectation() -> Expectation:
    """Return what the version has to answer; whoever signed it, and by whichever scikit-learn it was made."""
    settings = get_service().settings
    policy = AcceptancePolicy(allow_version_mismatch=True)
    return Expectation.from_artifact(read_artifact(settings.artifact_dir, settings.model_version, policy))


def _parse_timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MAX_TIMEOUT_SECONDS:  # which is so of what is not a number at all
        raise click.BadParameter(f"must be a number of seconds from 0 to {_MAX_TIMEOUT_SECONDS:g}")
    return seconds


def _run(name: str, check: Callable[[], None], report: Report) -> None:
    started_at = time.monotonic()
    check()
    report(name, time.monotonic() - started_at)


def _print_passed(name: str, duration_seconds: float) -> None:
    print(f"passed in {duration_seconds * 1000:5.0f} ms: {name}", flush=True)
