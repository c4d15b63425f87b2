"""`flask models`: what operators do with published versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.artifacts import CURRENT_LINK, ArtifactError, find_version, read_metadata
from app.artifacts.catalog import find_named, list_published
from app.commands.catalog_table import format_table
from app.commands.readiness import wait_until_served
from app.model.acceptance import accept_version
from app.model.promotion import promote, prune, roll_back
from app.server.control import NoAnswer, reload_server
from app.web.service import get_service

# What a reload may take beside the trial of a version and the start of the workers, which have a time limit each.
_RELOAD_SECONDS_BESIDE_LOADING = 30.0

models = AppGroup("models", help="List, verify, promote and remove published versions.")

reload_option = click.option(
    "--reload", "with_reload", is_flag=True, help="Have the running server serve it, and wait until it does."
)


@contextmanager
def faults_are_reported() -> Iterator[None]:
    """End the command with status 1 and one line where an artifact, its folder or the server is at fault."""
    try:
        yield
    except (ArtifactError, NoAnswer) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        place = error.filename2 or error.filename
        raise click.ClickException(f"{place}: {error.strerror}." if place else f"{error.strerror}.") from error


@models.command("list")
@faults_are_reported()
def list_command() -> None:
    """List the published versions, the newest first."""
    versions = list_published(get_service().settings.artifact_dir)
    if not versions:
        raise click.ClickException(
            f"Nothing is published in {get_service().settings.artifact_dir}: 'make train' publishes."
        )
    click.echo(format_table(versions, datetime.now(UTC)))


@models.command("show")
@click.argument("version", required=False)
@faults_are_reported()
def show_command(version: str | None) -> None:
    """Print the metadata of VERSION, by default of the current one, as JSON."""
    artifact_dir = get_service().settings.artifact_dir
    metadata = read_metadata(artifact_dir, find_version(artifact_dir, version))
    document = json.dumps(metadata.to_json(), indent=2, ensure_ascii=False)
    click.echo(document.encode(errors="backslashreplace"))  # what is no text, such as half a surrogate, included


@models.command("verify")
@click.argument("version", required=False)
@faults_are_reported()
def verify_command(version: str | None) -> None:
    """Check VERSION, by default the current one, as the server would before it serves it."""
    settings = get_service().settings
    found = find_version(settings.artifact_dir, version)
    accepted = accept_version(
        settings.artifact_dir, found, settings.build_policy(), timeout_seconds=settings.load_timeout_seconds
    )
    click.echo(accepted.describe())


@models.command("promote")
@click.argument("version")
@reload_option
@faults_are_reported()
def promote_command(version: str, with_reload: bool) -> None:
    """Verify VERSION and make it the current one."""
    promote(get_service().settings, version)
    _report_current(version, with_reload)


@models.command("rollback")
@reload_option
@faults_are_reported()
def rollback_command(with_reload: bool) -> None:
    """Verify the version that was the current one before, and make it so again."""
    _report_current(roll_back(get_service().settings).metadata.version, with_reload)


@models.command("prune")
@click.option("--keep", required=True, type=click.IntRange(min=0), help="How many of the newest versions to keep.")
@faults_are_reported()
def prune_command(keep: int) -> None:
    """Remove old versions, but never the current one, the previous one, or the one that MODEL_VERSION names."""
    removed = prune(get_service().settings, keep)
    click.echo(f"Removed: {', '.join(removed)}." if removed else "There is nothing to remove.")


@models.command("reload")
@faults_are_reported()
def reload_command() -> None:
    """Have the running server load the current version, and wait until it serves it."""
    settings = get_service().settings
    _reload(settings.model_version or find_named(settings.artifact_dir, CURRENT_LINK))


def _report_current(version: str, with_reload: bool) -> None:
    click.echo(f"Version {version} is the current one.")
    if with_reload:
        _reload(version)
    else:
        click.echo("A running server takes it over at 'make reload'.")


def _reload(expected: str | None) -> None:
    settings = get_service().settings
    timeout_seconds = 2 * settings.load_timeout_seconds + _RELOAD_SECONDS_BESIDE_LOADING
    outcome = reload_server(settings.address, timeout_seconds)
    if outcome.refusal is not None:
        raise click.ClickException(
            f"The server refuses, and serves version {outcome.version} on. {outcome.refusal} "
            "A restart of the server would fail until this is mended, or another version is made the current one."
        )
    if expected not in (None, outcome.version):
        raise click.ClickException(
            f"The server serves version {outcome.version}: it was started with another MODEL_VERSION or ARTIFACT_DIR, "
            "or another version has been promoted meanwhile."
        )
    wait_until_served(settings, outcome.version)
    click.echo(f"The server at {settings.address} serves version {outcome.version}.")
