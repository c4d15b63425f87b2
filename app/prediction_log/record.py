"""One line of the prediction log: an answered request, with every number as it was computed with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
_REQUIRED_KEYS = frozenset({"time", "request_id", "model_version", "instances", "labels", "probabilities"})


class BrokenLine(ValueError):
    """A line that does not hold a record; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class PredictionRecord:
    """An answered request: `instances` of shape (n, n_features) in the model's order, and what was answered for each.

    `labels` are class indices of shape (n,), `probabilities` of shape (n, n_classes) are not rounded.
    """

    time: datetime
    request_id: str
    model_version: str
    instances: NDArray[np.float64]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_bytes(self) -> int:
        """The memory that the numbers take."""
        return self.instances.nbytes + self.labels.nbytes + self.probabilities.nbytes


def encode_line(record: PredictionRecord) -> bytes:
    """Return the line of `record`, from which every number reads back bit for bit."""
    time = record.time.astimezone(UTC).replace(tzinfo=None)
    line = {
        "time": f"{time.isoformat(timespec='milliseconds')}Z",
        "request_id": record.request_id,
        "model_version": record.model_version,
        # An estimator may return its numbers column by column, which orjson refuses.
        "instances": np.ascontiguousarray(record.instances),
        "labels": np.ascontiguousarray(record.labels),
        "probabilities": np.ascontiguousarray(record.probabilities),
    }
    return orjson.dumps(line, option=_OPTIONS)


def parse_line(line: bytes) -> PredictionRecord:
    """Return the record of `line`. Raises `BrokenLine`."""
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BrokenLine("is not JSON") from error
    if not isinstance(document, dict) or not _REQUIRED_KEYS <= document.keys():
        raise BrokenLine(f"is not an object with the keys {', '.join(sorted(_REQUIRED_KEYS))}")
    record = PredictionRecord(
        time=_parse_time(document["time"]),
        request_id=_parse_text(document, "request_id"),
        model_version=_parse_text(document, "model_version"),
        instances=_parse_numbers(document, "instances", "if", 2).astype(np.float64, copy=False),
        labels=_parse_numbers(document, "labels", "i", 1).astype(np.int64, copy=False),
        probabilities=_parse_numbers(document, "probabilities", "if", 2).astype(np.float64, copy=False),
    )
    if not len(record.instances) == len(record.labels) == len(record.probabilities):
        raise BrokenLine("has instances, labels and probabilities of different lengths")
    return record


def _parse_time(value: Any) -> datetime:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BrokenLine("has a time that is none") from error
    if time.tzinfo is None:
        raise BrokenLine("has a time without a zone")
    return time


def _parse_text(document: dict[str, Any], key: str) -> str:
    value = document[key]
    if not isinstance(value, str):
        raise BrokenLine(f"has a {key} that is no text")
    return value


def _parse_numbers(document: dict[str, Any], key: str, kinds: str, n_dimensions: int) -> NDArray[Any]:
    try:
        numbers = np.array(document[key])
    except (ValueError, OverflowError) as error:  # rows of different lengths
        raise BrokenLine(f"has {key} of rows that differ in length") from error
    if numbers.ndim != n_dimensions or numbers.dtype.kind not in kinds or numbers.size == 0:
        raise BrokenLine(f"has {key} that are no {'rows of ' * (n_dimensions - 1)}numbers")
    return numbers
