"""Testing: how good a published version is on another table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.artifacts import AcceptancePolicy, Artifact, Metadata, read_artifact
from app.artifacts.errors import NotPublishable
from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.faults import InvalidInput
from app.columns.table import Rows
from app.engines.engine import CannotCompute
from app.engines.inputs import choose_input
from app.evaluation.predictions import TransformRows
from app.importing.measuring import measure_answers
from app.model.model import load_model
from app.publishing.models import join_model, prepare_rows
from app.tables.rows import take, to_rows
from app.tables.table_files import read_table


@dataclass(frozen=True)
class TestedVersion:
    """What a version turned out to be worth on a table."""

    metrics: dict[str, float]
    n_rows: int


def measure_version(
    artifact_dir: Path,
    version: str,
    policy: AcceptancePolicy,
    data: Path,
    targets: Sequence[str],
    drop: Collection[str] = (),
) -> TestedVersion:
    """Return the metrics of a version on a table; it answers the rows as it would in the service.

    Loads the version in this process. Raises `ArtifactError`, or `NotPublishable` for a table that does not fit.
    """
    artifact = read_artifact(artifact_dir, version, policy)
    model = load_model(artifact)
    columns = model.columns.columns
    wanted = _name_targets(model.metadata, targets)
    table = read_table(data, {column.name: column.kind for column in columns if _is_read_as_is(column)}, drop)
    _check_columns(data.name, list(table.frame), [column.name for column in columns], wanted)
    rows = to_rows(table.frame[[column.name for column in columns]], columns)
    try:
        instances = model.columns.parse_instances(model.columns.to_json(rows))
        arrays = model.answer(instances.copy()).arrays
    except (InvalidInput, CannotCompute) as error:
        raise NotPublishable(
            f"Version {version} does not take a row of {data.name}, counted from 0: {error}"
        ) from error
    transform = _build_transform(artifact, instances) if model.metadata.task == "cluster" else None
    return TestedVersion(measure_answers(model.metadata, arrays, table.frame[wanted], transform), len(rows))


def _build_transform(artifact: Artifact, instances: Rows) -> TransformRows:
    """Return what gives the rows of some numbers as the estimator itself sees them."""
    whole = join_model(*artifact.unpickle())
    X = choose_input(artifact.metadata.container, artifact.metadata.parse_columns())(instances)
    return lambda chosen: prepare_rows(whole, take(X, chosen))


def _name_targets(metadata: Metadata, targets: Sequence[str]) -> list[str]:
    """Return the columns that have what was right. Raises `NotPublishable` where as many as needed are not named."""
    if metadata.task in {"multilabel", "multioutput"} or len(metadata.targets) > 1:
        return list(targets) or metadata.targets
    if not targets and metadata.task in {"cluster", "outlier"}:
        return []
    if len(targets) != 1:
        raise NotPublishable("Name the column that has what was right, one, with --target.")
    return list(targets)


def _is_read_as_is(column: Column) -> bool:
    """Return whether the kind says how the values are read: of categories, strings alone are."""
    return not isinstance(column, CategoryColumn) or all(isinstance(value, str) for value in column.values)


def _check_columns(table: str, given: Sequence[str], names: Sequence[str], targets: Sequence[str]) -> None:
    if missing := [name for name in [*names, *targets] if name not in given]:
        raise NotPublishable(f"{table} has no column {missing[0]!r}: it has {', '.join(map(repr, given))}.")
    if unknown := [name for name in given if name not in {*names, *targets}]:
        raise NotPublishable(
            f"{table} has the column {unknown[0]!r}, which the version does not know: leave it out with --drop."
        )
