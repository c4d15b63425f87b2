"""Reads the prediction log, for audits and for those who train again: no web framework, and no server, is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from app.prediction_log.open_file import OPEN_SUFFIX, is_closed_name, is_open_name
from app.prediction_log.record import BrokenLine, PredictionRecord, parse_line

__all__ = ["LogBroken", "PredictionRecord", "read_predictions"]


class LogBroken(Exception):
    """A file of the log holds what no writer has written; the message names the file and the line."""

    def __init__(self, path: Path, line_number: int, reason: str) -> None:
        super().__init__(f"{path}, line {line_number} {reason}.")


def read_predictions(folder: Path | str) -> Iterator[PredictionRecord]:
    """Yield the records in `folder`, file by file in the order of their creation, and never more than one in memory.

    Files that are being written are read as far as they go by now. What is removed meanwhile, as the oldest files are,
    is passed over. Raises `LogBroken`, and `OSError` where the folder or a file cannot be read.
    """
    folder = Path(folder)
    for name in sorted(os.listdir(folder)):
        if not is_closed_name(name) and not is_open_name(name):
            continue
        file = _open(folder / name)
        if file is not None:
            with file:
                yield from _read_file(file, folder / name)


def _open(path: Path) -> BinaryIO | None:
    """Return the file at `path`, under another name if it has been closed meanwhile; `None` where it is removed."""
    for place in (path, path.with_name(path.name.removesuffix(OPEN_SUFFIX))):
        with suppress(FileNotFoundError):
            return place.open("rb")
    return None


def _read_file(file: BinaryIO, path: Path) -> Iterator[PredictionRecord]:
    for line_number, line in enumerate(file, start=1):
        if not line.endswith(b"\n"):
            if is_open_name(path.name):
                return  # its writer is just at it, or has died there
            raise LogBroken(path, line_number, "has no end")
        try:
            record = parse_line(line)
        except BrokenLine as error:
            raise LogBroken(path, line_number, str(error)) from error
        yield record
