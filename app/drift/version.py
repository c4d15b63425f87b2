"""A version of the model as its counts see it: what they depend on, and where in a row they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.artifacts import Metadata
from app.drift.window import N_PERIODS, Window
from app.metrics.cells import CELL_BYTES, Layout
from app.metrics.requests import DURATION_BUCKETS_SECONDS

_PROBABILITY_BUCKETS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class VersionRecord:
    """What the layout and the reading of a version's counts depend on: counts of equal records can be added up.

    feature_shares : how the features were distributed over their deciles in training, and prediction_shares : how often
    each class was predicted; both `None` where that is not known.
    """

    version: str
    engine: str
    estimator: str
    created_at_seconds: float | None
    n_classes: int
    feature_names: list[str]
    feature_shares: list[list[float]] | None
    prediction_shares: list[float] | None
    period_seconds: float

    @property
    def n_watched(self) -> int:
        """How many features can be compared with training: all, or none."""
        return len(self.feature_names) if self.feature_shares else 0


class VersionCells:
    """The cells of one version: first those that only grow, then the ring of the window."""

    def __init__(self, record: VersionRecord) -> None:
        layout = self.layout = Layout()
        classes = [(str(index),) for index in range(record.n_classes)]
        self.predictions = layout.counter(
            "model_predictions", "Instances answered, by predicted class.", ("label",), classes
        )
        self.out_of_range = layout.counter(
            "model_feature_out_of_range_values",
            "Values outside the range of the training data.",
            ("feature",),
            [(name,) for name in record.feature_names[: record.n_watched]],
        )
        self.probabilities = layout.histogram(
            "model_top_probability", "The highest probability of each answer.", _PROBABILITY_BUCKETS
        )
        self.durations = layout.histogram(
            "model_inference_duration_seconds",
            "Time of the preprocessor and the estimator for a request.",
            DURATION_BUCKETS_SECONDS,
        )
        ring_start = layout.n_cells * CELL_BYTES
        self.window = Window(ring_start, record.n_watched, record.n_classes, record.period_seconds)

    @property
    def row_bytes(self) -> int:
        """How long a row is."""
        return self.window.end


def describe_version(metadata: Metadata, engine: str, window_seconds: float) -> VersionRecord:
    """Return the record of the version that `metadata` describes."""
    distributions = metadata.parse_distributions()
    return VersionRecord(
        version=metadata.version,
        engine=engine,
        estimator=metadata.estimator.rpartition(".")[2],
        created_at_seconds=_parse_time(metadata.created_at),
        n_classes=len(metadata.classes),
        feature_names=list(metadata.feature_names),
        feature_shares=distributions.features.shares.tolist() if distributions else None,
        prediction_shares=distributions.prediction_shares.tolist() if distributions else None,
        period_seconds=window_seconds / N_PERIODS,
    )


def _parse_time(text: str) -> float | None:
    """Return seconds since the epoch; `None` for a text that is no time."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
