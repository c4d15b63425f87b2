"""One line of the prediction log: an answered request, with every value as it was computed with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
_REQUIRED_KEYS = frozenset({"time", "request_id", "model_version", "instances"})
# The arrays of answers that there are, and how numpy calls the kinds of numbers in them.
_ANSWERS = {"labels": "i", "values": "if", "probabilities": "if", "scores": "if"}


class BrokenLine(ValueError):
    """A line that does not hold a record; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class PredictionRecord:
    """An answered request: `instances` of shape (n, n_features) in the model's order, and what was answered for each.

    `instances` are float64 where all columns are numeric, NaN being a missing value, else objects, `None` being one.
    Of a line they are read as what stands there: float64 where that is numbers with a point and gaps alone, and moments
    as texts. `answers` are what the model computed, by name, not rounded.
    """

    time: datetime
    request_id: str
    model_version: str
    instances: NDArray[Any]
    answers: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.instances)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class indices, shape (n,), or (n, n_targets) where there are several targets. Raises `KeyError`."""
        return self.answers["labels"]

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The probability of each class, shape (n, n_classes). Raises `KeyError` where there are none."""
        return self.answers["probabilities"]

    @property
    def values(self) -> NDArray[np.float64]:
        """The predicted numbers, shape (n, n_targets). Raises `KeyError` where no numbers are predicted."""
        return self.answers["values"]

    @property
    def n_bytes(self) -> int:
        """The memory that the values take, about."""
        objects = self.instances.ravel().tolist() if self.instances.dtype.kind == "O" else []
        n_bytes = self.instances.nbytes + sum(array.nbytes for array in self.answers.values())
        return n_bytes + sum(map(sys.getsizeof, objects))


def encode_line(record: PredictionRecord) -> bytes:
    """Return the line of `record`, from which every value reads back bit for bit."""
    time = record.time.astimezone(UTC).replace(tzinfo=None)
    instances = record.instances
    line = {
        "time": f"{time.isoformat(timespec='milliseconds')}Z",
        "request_id": record.request_id,
        "model_version": record.model_version,
        # An estimator may return its numbers column by column, which orjson refuses.
        "instances": instances.tolist() if instances.dtype.kind == "O" else np.ascontiguousarray(instances),
        **{name: np.ascontiguousarray(array) for name, array in record.answers.items()},
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
    answers = {name: _parse_answers(document, name) for name in _ANSWERS if name in document}
    if not answers:
        raise BrokenLine(f"has none of {', '.join(_ANSWERS)}")
    record = PredictionRecord(
        time=_parse_time(document["time"]),
        request_id=_parse_text(document, "request_id"),
        model_version=_parse_text(document, "model_version"),
        instances=_parse_instances(document["instances"]),
        answers=answers,
    )
    if any(len(array) != len(record) for array in answers.values()):
        raise BrokenLine(f"has instances, {', '.join(answers)} of different lengths")
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


def _parse_instances(rows: Any) -> NDArray[Any]:
    """Return rows of equal length: float64, NaN being a missing value, where all values are floats."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        raise BrokenLine("has instances that are no rows of values")
    if len({len(row) for row in rows}) > 1:
        raise BrokenLine("has instances of rows that differ in length")
    kinds = {type(value) for row in rows for value in row}
    if kinds & {list, dict}:
        raise BrokenLine("has instances that are no rows of values")
    table = np.empty((len(rows), len(rows[0])), dtype=object)
    table[:] = rows
    # A float is written with a point, so that integers are those of other columns than numeric ones.
    return table.astype(np.float64) if kinds <= {float, type(None)} else table


def _parse_answers(document: dict[str, Any], name: str) -> NDArray[Any]:
    try:
        numbers = np.array(document[name])
    except (ValueError, OverflowError) as error:  # rows of different lengths
        raise BrokenLine(f"has {name} of rows that differ in length") from error
    if numbers.ndim not in (1, 2) or numbers.dtype.kind not in _ANSWERS[name] or numbers.size == 0:
        raise BrokenLine(f"has {name} that are no numbers")
    return numbers.astype(np.int64 if name == "labels" else np.float64, copy=False)
