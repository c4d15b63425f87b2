"""`flask predictions`: what the prediction log shows."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.prediction_log.accuracy import AccuracyReport, VersionAccuracy, measure_accuracy
from app.prediction_log.labels import Labels, LabelsInvalid, read_labels
from app.prediction_log.reading import LogBroken, read_predictions
from app.web.service import get_service

_HEADINGS = ("VERSION", "PREDICTIONS", "LABELLED", "CORRECT", "ACCURACY", "95 % INTERVAL")
_UNKNOWN = "-"

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
    """Print how often predictions were right.

    LABELS.csv has a header, request_id,label or request_id,label,instance, and a line for each instance of which the
    class became known: the id of its request, the index of the class, and its row in the batch, by default 0.
    """
    folder = folder or get_service().settings.prediction_log_dir
    if folder is None:
        raise click.UsageError("Say where the predictions are: with --dir, or in PREDICTION_LOG_DIR.")
    labels = _read_labels(labels_file)
    try:
        report = measure_accuracy(read_predictions(folder), labels)
    except LogBroken as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror}.") from error
    if not report.versions:
        raise click.ClickException(f"No predictions are kept in {folder}.")
    click.echo(format_report(report))


def format_report(report: AccuracyReport) -> str:
    """Return a table of the versions for a person, and what could not be compared."""
    rows = [_HEADINGS, *map(_format_row, report.versions)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    if report.n_labels_without_prediction:
        lines.append(f"Labels without a prediction: {report.n_labels_without_prediction}.")
    if report.n_labels_without_class:
        lines.append(f"Labels that are no class of the version: {report.n_labels_without_class}.")
    if report.n_ambiguous_requests:
        lines.append(f"Request ids with different answers, left out: {report.n_ambiguous_requests}.")
    return "\n".join(lines)


def _read_labels(path: Path) -> Labels:
    try:
        return read_labels(path)
    except LabelsInvalid as error:
        raise click.BadParameter(f"{path}, {error}", param_hint="LABELS.csv") from error
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}.", param_hint="LABELS.csv") from error


def _format_row(version: VersionAccuracy) -> tuple[str, ...]:
    counts = (str(version.n_predictions), str(version.n_labelled), str(version.n_correct))
    if version.accuracy is None or version.interval is None:
        return (version.version, *counts, _UNKNOWN, _UNKNOWN)
    low, high = version.interval
    return (version.version, *counts, f"{version.accuracy:.4f}", f"{low:.4f} to {high:.4f}")
