"""`flask predictions`: what the prediction log shows."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup

from app.artifacts import ArtifactError, Metadata, is_published, read_metadata
from app.commands.accuracy_table import format_report
from app.prediction_log.accuracy import measure_accuracy
from app.prediction_log.labels import Labels, LabelsInvalid, read_labels
from app.prediction_log.reading import LogBroken, read_predictions
from app.web.service import get_service

predictions = AppGroup("predictions", help="Look at the predictions that have been kept.")


@predictions.command("accuracy")
@click.argument("labels_file", metavar="LABELS.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="Where the predictions are; by default, PREDICTION_LOG_DIR.",
)
def accuracy_command(labels_file: Path, folder: Path | None) -> None:
    """Print how good predictions were: how often they were right, or how far off.

    LABELS.csv has a header and a line for each instance of which it became known what was right: request_id, the id of
    its request; then label, the index of the class, or class, the class itself, or value, the number; where it is
    needed, instance, its row in the batch, by default 0, and target, which of several is meant.

    What the classes and the targets of a version are called is read in ARTIFACT_DIR.
    """
    settings = get_service().settings
    folder = folder or settings.prediction_log_dir
    if folder is None:
        raise click.UsageError("Say where the predictions are: with --dir, or in PREDICTION_LOG_DIR.")
    labels = _read_labels(labels_file)
    try:
        report = measure_accuracy(read_predictions(folder), labels, partial(_find_metadata, settings.artifact_dir))
    except LogBroken as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror}.") from error
    if not report.versions and not report.left_out:
        raise click.ClickException(f"No predictions are kept in {folder}.")
    click.echo(format_report(report))
    if not report.versions:
        sys.exit(1)


def _find_metadata(artifact_dir: Path, version: str) -> Metadata | None:
    """Return what `version` says of itself; `None` where it is published no longer, or broken."""
    try:
        return read_metadata(artifact_dir, version) if is_published(artifact_dir, version) else None
    except ArtifactError:
        return None


def _read_labels(path: Path) -> Labels:
    try:
        return read_labels(path)
    except LabelsInvalid as error:
        raise click.BadParameter(f"{path}, {error}", param_hint="LABELS.csv") from error
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}.", param_hint="LABELS.csv") from error
