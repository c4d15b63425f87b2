"""Reads what became known later of instances that were predicted: a CSV file of labels."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

Labels = dict[str, dict[int, int]]
"""The right class index by request id and by the row of the instance in its batch."""

_REQUIRED = ("request_id", "label")
_OPTIONAL = "instance"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


class LabelsInvalid(ValueError):
    """The file of labels cannot be used; the message names the line."""

    def __init__(self, line_number: int, reason: str) -> None:
        super().__init__(f"line {line_number} {reason}.")


def read_labels(path: Path) -> Labels:
    """Return the labels in the file at `path`. Raises `LabelsInvalid` and `OSError`."""
    labels: Labels = {}
    for line_number, row in _read_rows(path):
        request_id = _check(line_number, "request_id", row["request_id"], _REQUEST_ID, "a request id")
        label = int(_check(line_number, "label", row["label"], _WHOLE_NUMBER, "the index of a class"))
        instance = int(_check(line_number, "instance", row.get("instance", "0"), _WHOLE_NUMBER, "a row of a batch"))
        known = labels.setdefault(request_id, {}).setdefault(instance, label)
        if known != label:
            raise LabelsInvalid(line_number, f"gives another label for instance {instance} of {request_id}: {label}")
    return labels


def _read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row, by the names of its columns, with the number of the line where it ends."""
    # What is not UTF-8 is no value of any column, and is refused as that.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            names = [name.strip() for name in next(reader, [])]
            _check_header(names)
            for row in reader:
                if row and len(row) != len(names):
                    raise LabelsInvalid(reader.line_num, f"has {len(row)} values where there are {len(names)} columns")
                if row:
                    yield reader.line_num, dict(zip(names, map(str.strip, row), strict=True))
        except csv.Error as error:
            raise LabelsInvalid(reader.line_num, f"cannot be read: {error}") from error


def _check_header(names: list[str]) -> None:
    if sorted(names) not in (sorted(_REQUIRED), sorted([*_REQUIRED, _OPTIONAL])):
        raise LabelsInvalid(1, "must be the header request_id,label or request_id,label,instance")


def _check(line_number: int, column: str, value: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(value):
        raise LabelsInvalid(line_number, f"has no {column}: {value!r} is not {what}")
    return value
