"""The description of a fitted model: the metadata and the golden rows of its version."""

from __future__ import annotations

import math
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version as get_release
from pathlib import Path
from typing import Any

import numpy as np

from app.artifacts import Golden, Metadata
from app.artifacts.code import strip_root
from app.columns.column import Column
from app.columns.distributions import measure_distribution
from app.columns.kinds import build_table
from app.columns.table import Rows
from app.engines.responses import RESPONSES, Response
from app.publishing.models import FittedModel, check_answering, find_answers, keep_output_types, split_model
from app.publishing.probing import probe_columns
from app.tables.kinds import check_integers, find_columns
from app.tables.rows import take, to_rows
from app.tables.typed_table import find_container

N_GOLDEN_ROWS = 20
_FEW_ROWS = 5

_LIBRARIES = ("numpy", "scikit-learn", "joblib")


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from, for its metadata.

    metrics : by part of the data, then by metric; sample_counts : rows in each part of the data; kinds : what overrules
    the kinds that are found in the table, by column.
    """

    dataset: str
    feature_names: list[str]
    metrics: Mapping[str, Mapping[str, float]]
    sample_counts: Mapping[str, int]
    kinds: Mapping[str, str] = field(default_factory=dict)


def describe_model(
    version: str, fitted: FittedModel, provenance: Provenance, X: Any, X_train: Any, X_golden: Any
) -> tuple[Metadata, Golden]:
    """Return the metadata and the golden rows of a fitted model.

    `X` are all rows that are known, which say what each column holds; `X_train` those whose distribution the input is
    compared with; `X_golden` those that golden rows are taken from: real ones, which training has not seen if possible.
    Raises `NotPublishable`.
    """
    check_answering(fitted.model)
    keep_output_types(fitted.model)
    container = find_container(X)
    found = find_columns(X, provenance.feature_names, provenance.kinds)
    check_integers(found, X)
    columns = probe_columns(fitted.model.predict, X, found, container)
    metadata = _build_metadata(
        version, fitted, provenance, container, columns, take(X, np.arange(min(_FEW_ROWS, _count(X))))
    )
    response = RESPONSES[fitted.task](fitted.model, metadata)
    metadata = _add_training(metadata, response, columns, X_train)
    return metadata, _build_golden(response, columns, X_golden)


def create_version_name() -> str:
    """Return a name for a version made now: its time in UTC, to the millisecond."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"[:-3] + "Z"


def _build_metadata(
    version: str, fitted: FittedModel, provenance: Provenance, container: str, columns: list[Column], some_rows: Any
) -> Metadata:
    preprocessor, estimator = split_model(fitted.model)
    answers = find_answers(fitted, some_rows)
    return Metadata(
        version=version,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        git_commit=_find_git_commit(),
        dataset=provenance.dataset,
        feature_names=provenance.feature_names,
        classes=answers.classes,
        preprocessor=_name_type(preprocessor),
        estimator=_name_type(estimator),
        hyperparameters=_to_json_values(estimator.get_params() if hasattr(estimator, "get_params") else {}),
        sample_counts={name: int(count) for name, count in provenance.sample_counts.items()},
        metrics={part: {name: float(value) for name, value in of.items()} for part, of in provenance.metrics.items()},
        feature_ranges={},
        library_versions=_list_releases(container),
        columns=[column.to_json() for column in columns],
        container=container,
        task=fitted.task,
        targets=answers.targets,
        answers=answers.answers,
        threshold=answers.threshold,
    )


def _add_training(metadata: Metadata, response: Response, columns: list[Column], X_train: Any) -> Metadata:
    """Return the metadata with what they say of the training rows, and of the answers for them."""
    rows = to_rows(X_train, columns)
    numbers = build_table(columns).encode(rows)
    arrays = response.ask(X_train)
    if metadata.task == "regression":
        deciles = np.quantile(arrays["values"], np.arange(1, 10) / 10, axis=0, method="inverted_cdf").T
        metadata = replace(metadata, prediction_deciles=deciles.tolist())
    output = metadata.build_output()
    ranges = {column.name: column.measure_range(rows[:, place]) for place, column in enumerate(columns)}
    return replace(
        metadata,
        feature_ranges={name: extent for name, extent in ranges.items() if extent},
        feature_distributions={
            column.name: measure_distribution(column, numbers[:, place]) for place, column in enumerate(columns)
        },
        prediction_shares=output.measure_shares(output.gather(arrays, metadata.version)),
    )


def _build_golden(response: Response, columns: list[Column], X: Any) -> Golden:
    """Return rows of `X` spread over its length, with the answers of the model itself."""
    chosen = take(X, np.linspace(0, _count(X) - 1, num=min(N_GOLDEN_ROWS, _count(X)), dtype=np.intp))
    rows: Rows = to_rows(chosen, columns)
    if rows.dtype.kind == "O":
        listed = build_table(columns).to_json(rows)
        rows = np.empty(rows.shape, dtype=object)
        rows[:] = listed
    return Golden(rows, dict(response.ask(chosen)))


def _count(X: Any) -> int:
    return len(X)


def _list_releases(container: str) -> dict[str, str]:
    releases = {"python": platform.python_version(), **{name: get_release(name) for name in _LIBRARIES}}
    if container == "frame":
        releases["pandas"] = get_release("pandas")
    return releases


def _find_git_commit() -> str | None:
    """Return the commit that the pipeline names, else the one checked out: `-dirty` where files differ from it."""
    if named := os.environ.get("CI_COMMIT_SHA"):
        return named
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def _name_type(estimator: Any) -> str:
    if isinstance(estimator, str):
        return estimator
    return strip_root(f"{type(estimator).__module__}.{type(estimator).__qualname__}")


def _to_json_values(parameters: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in parameters.items()}
    return {name: value if _is_plain(value) else repr(value) for name, value in sorted(plain.items())}


def _is_plain(value: Any) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**64  # what JSON parsers commonly hold
    return isinstance(value, (str, type(None))) or (isinstance(value, float) and math.isfinite(value))
