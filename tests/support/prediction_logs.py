"""Prediction logs without a server, for tests of what is written to them and what is read from them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.prediction_log.record import PredictionRecord, encode_line

CLOSED_NAME = "predictions-20261122T151416.374Z-0123456789abcdef.jsonl"
OPEN_NAME = "predictions-20261122T161416.374Z-0123456789abcdef.jsonl.open"


def build_record(request_id: str = "a", version: str = "v1", labels: Iterable[int] = (0,)) -> PredictionRecord:
    """Return a record of as many instances, of 3 features each, as there are `labels`."""
    indices = np.array(list(labels), dtype=np.int64)
    return PredictionRecord(
        time=datetime(2026, 11, 22, 15, 20, 7, 163000, UTC),
        request_id=request_id,
        model_version=version,
        instances=np.arange(3.0) / 3 + indices[:, np.newaxis],
        answers={"labels": indices, "probabilities": np.eye(indices.max() + 2)[indices]},
    )


def write_file(folder: Path, records: Iterable[PredictionRecord], name: str = CLOSED_NAME) -> Path:
    """Write a file of the log into `folder`, and return its path."""
    path = folder / name
    path.write_bytes(b"".join(map(encode_line, records)))
    return path


def list_names(folder: Path) -> list[str]:
    """Return the names of the files of the log in `folder`, sorted."""
    return sorted(path.name for path in folder.glob("predictions-*"))
