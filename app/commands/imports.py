"""`flask models import` and `flask models test`: models that were fitted elsewhere, and other tables for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.artifacts import CURRENT_LINK, InvalidVersionName, check_version_name, find_version, load_private_key
from app.artifacts.errors import NotPublishable
from app.commands.import_report import describe_import, format_metrics
from app.commands.models import faults_are_reported, models
from app.outputs.kinds import TASKS
from app.publishing.store import VersionExists
from app.web.service import get_service

__all__ = ["models"]

_FAULTS = (NotPublishable, VersionExists, InvalidVersionName)

_path = click.Path(path_type=Path)


@contextmanager
def faults_of_models_are_reported() -> Iterator[None]:
    """End the command with status 1 and one line where a model, a table or a version is at fault."""
    with faults_are_reported():
        try:
            yield
        except _FAULTS as error:
            raise click.ClickException(str(error)) from error


def parse_kinds(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Return what `--kind column=kind` says, by column. Raises `click.BadParameter`."""
    pairs = [text.rpartition("=") for text in given]
    if wrong := [text for text, (name, _, kind) in zip(given, pairs, strict=True) if not name or not kind]:
        raise click.BadParameter(f"must be COLUMN=KIND, such as zip=category, not {wrong[0]!r}.")
    return {name: kind for name, _, kind in pairs}


kind_option = click.option(
    "--kind", "kinds", multiple=True, callback=parse_kinds, metavar="COLUMN=KIND", help="What a column really is."
)
drop_option = click.option("--drop", multiple=True, metavar="COLUMN", help="A column of the table to leave out.")
target_option = click.option("--target", "targets", multiple=True, metavar="COLUMN", help="A column that is predicted.")


@models.command("import")
@click.argument("model", type=_path)
@click.option("--data", "sample", type=_path, help="A table of rows for the model: CSV or Parquet.")
@target_option
@click.option("--code", type=_path, help="The file or folder of the model's own classes, to be put into the version.")
@click.option("--version", help="The name to publish under; by default, the time.")
@kind_option
@drop_option
@click.option("--trust", "trusted", multiple=True, metavar="TYPE", help="A type that a skops file may hold.")
@click.option("--task", type=click.Choice(TASKS), help="What the model does, where it does not say so itself.")
@click.option("--classes", help="What the classes 0, 1, 2 … are called, with commas between.")
@click.option("--signing-key-file", type=_path, envvar="SIGNING_KEY_FILE", help="The private key to sign with.")
@faults_of_models_are_reported()
def import_command(
    model: Path,
    sample: Path | None,
    targets: tuple[str, ...],
    code: Path | None,
    version: str | None,
    kinds: dict[str, str],
    drop: tuple[str, ...],
    trusted: tuple[str, ...],
    task: str | None,
    classes: str | None,
    signing_key_file: Path | None,
) -> None:
    """Publish the fitted MODEL, and make it the current version.

    MODEL is a file by joblib or pickle, by skops, of XGBoost (.json, .ubj), LightGBM (.txt) or CatBoost (.cbm), or a
    folder by MLflow. A pickle is a program, which this runs: import only what you would run.
    """
    from app.importing.importing import ImportOrder, import_model

    if version is not None:
        check_version_name(version)
    key = load_private_key(signing_key_file) if signing_key_file else None
    names = classes.split(",") if classes else None
    order = ImportOrder(model, sample, targets, code, version, kinds, drop, trusted, task, names)
    artifact_dir = get_service().settings.artifact_dir
    click.echo(describe_import(import_model(order, artifact_dir, key)))


@models.command("test")
@click.argument("version")
@click.argument("data", type=_path)
@target_option
@drop_option
@faults_of_models_are_reported()
def test_command(version: str, data: Path, targets: tuple[str, ...], drop: tuple[str, ...]) -> None:
    """Print the metrics of VERSION on the table DATA, CSV or Parquet, which has the right answers in its targets.

    The version is loaded in this process. 'current' is the version that is.
    """
    from app.importing.testing import measure_version

    settings = get_service().settings
    found = find_version(settings.artifact_dir, None if version == CURRENT_LINK else version)
    tested = measure_version(settings.artifact_dir, found, settings.build_policy(), data, targets, drop)
    click.echo(f"{format_metrics(tested.metrics)}\nVersion {found} on {data.name}: {tested.n_rows} rows.")
