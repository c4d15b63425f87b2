"""A version of the model as its counts see it: what they depend on, and where in a row they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from app.artifacts import Metadata
from app.columns.boolean import BooleanColumn
from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.distributions import N_PARTS
from app.drift.psi import Expected
from app.drift.window import N_PERIODS, Window
from app.metrics.cells import CELL_BYTES, HistogramCells, Layout
from app.metrics.requests import DURATION_BUCKETS_SECONDS
from app.outputs.output import Target

_PROBABILITY_BUCKETS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class VersionRecord:
    """What the layout and the reading of a version's counts depend on: counts of equal records can be added up.

    n_parts : in how many parts the answers of each target are counted, as its classes are, and part_names : what all of
    them are called; feature_values : what the parts of a feature are called that has values from a list, else `None`;
    feature_shares : how the features were distributed over their parts in training, and prediction_shares : how often
    each part was predicted; both `None` where that is not known.
    """

    version: str
    engine: str
    estimator: str
    task: str
    created_at_seconds: float | None
    n_parts: tuple[int, ...]
    part_names: tuple[str, ...]
    has_probabilities: bool
    feature_names: list[str]
    feature_values: list[list[str] | None]
    feature_shares: list[list[float]] | None
    prediction_shares: list[float] | None
    period_seconds: float

    @property
    def n_watched(self) -> int:
        """How many features can be compared with training: all, or none."""
        return len(self.feature_names) if self.feature_shares else 0

    @property
    def expected(self) -> Expected | None:
        """What the input is compared with; `None` where that is not known."""
        if self.feature_shares is None:
            return None
        return Expected(
            self.feature_names,
            np.array(self.feature_shares),
            np.array(self.prediction_shares),
            self.n_parts,
            self.part_names,
            self.feature_values,
        )


class VersionCells:
    """The cells of one version: first those that only grow, then the ring of the window."""

    def __init__(self, record: VersionRecord) -> None:
        layout = self.layout = Layout()
        self.predictions = layout.counter(
            "model_predictions",
            "Instances answered, by predicted class or, of a regressor, decile of training.",
            ("label",),
            [(name,) for name in record.part_names],
        )
        self.out_of_range = layout.counter(
            "model_feature_out_of_range_values",
            "Values outside the range of the training data.",
            ("feature",),
            [(name,) for name in record.feature_names[: record.n_watched]],
        )
        self.probabilities: HistogramCells | None = None
        if record.has_probabilities:
            self.probabilities = layout.histogram(
                "model_top_probability", "The highest probability of each answer.", _PROBABILITY_BUCKETS
            )
        self.durations = layout.histogram(
            "model_inference_duration_seconds",
            "Time of the preprocessor and the estimator for a request.",
            DURATION_BUCKETS_SECONDS,
        )
        ring_start = layout.n_cells * CELL_BYTES
        self.window = Window(ring_start, record.n_watched, sum(record.n_parts), record.period_seconds)

    @property
    def row_bytes(self) -> int:
        """How long a row is."""
        return self.window.end


def describe_version(metadata: Metadata, engine: str, window_seconds: float) -> VersionRecord:
    """Return the record of the version that `metadata` describes."""
    distributions = metadata.parse_distributions()
    output = metadata.build_output()
    columns = metadata.parse_columns()
    return VersionRecord(
        version=metadata.version,
        engine=engine,
        estimator=metadata.estimator.rpartition(".")[2],
        task=metadata.task,
        created_at_seconds=_parse_time(metadata.created_at),
        n_parts=tuple(len(target.parts) for target in output.targets),
        part_names=tuple(_name_parts(output.targets)),
        has_probabilities=metadata.task == "classification" and "probabilities" in metadata.answers,
        feature_names=list(metadata.feature_names),
        feature_values=[_name_values(metadata, column) for column in columns],
        feature_shares=distributions.features.shares.tolist() if distributions else None,
        prediction_shares=distributions.prediction_shares.tolist() if distributions else None,
        period_seconds=window_seconds / N_PERIODS,
    )


def _name_parts(targets: Sequence[Target]) -> Iterator[str]:
    for target in targets:
        for part in target.parts:
            yield part if len(targets) == 1 else f"{target.name}: {part}"


def _name_values(metadata: Metadata, column: Column) -> list[str] | None:
    """Return what the parts of a feature's values are called; `None` where it has no values from a list."""
    if not isinstance(column, (CategoryColumn, BooleanColumn)):
        return None
    values = column.values if isinstance(column, CategoryColumn) else [False, True]
    names = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    if len(names) <= N_PARTS or column.name not in metadata.feature_distributions:
        return names
    shares = np.array(metadata.feature_distributions[column.name]["shares"])
    frequent = np.argsort(-shares, kind="stable")[: N_PARTS - 1]
    return [*(names[index] for index in frequent), f"{len(names) - N_PARTS + 1} others"]


def _parse_time(text: str) -> float | None:
    """Return seconds since the epoch; `None` for a text that is no time."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
