"""Reads what became known later of instances that were predicted: a CSV file of labels, of classes or of values."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Truth = int | float | str
"""What was right: the index of a class, a number, or the class itself."""
Place = tuple[int, str | None]
"""The row of an instance in its batch, and the target that is meant where there are several."""

_OPTIONAL = ("instance", "target")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_LABEL = re.compile(r"-1|[0-9]{1,9}")


@dataclass(frozen=True)
class Labels:
    """What was right, by request id and place; `column` says how it is told: `label`, `class` or `value`."""

    column: str
    by_request: dict[str, dict[Place, Truth]]


class LabelsInvalid(ValueError):
    """The file of labels cannot be used; the message names the line."""

    def __init__(self, line_number: int, reason: str) -> None:
        super().__init__(f"line {line_number} {reason}.")


def read_labels(path: Path) -> Labels:
    """Return the labels in the file at `path`. Raises `LabelsInvalid` and `OSError`."""
    rows = _read_rows(path)
    _, names = next(rows)
    column = next(name for name in names if name in _PARSERS)
    by_request: dict[str, dict[Place, Truth]] = {}
    for line_number, row in rows:
        request_id = _check(line_number, "request_id", row["request_id"], _REQUEST_ID, "a request id")
        truth = _PARSERS[column](line_number, row[column])
        instance = int(_check(line_number, "instance", row.get("instance", "0"), _WHOLE_NUMBER, "a row of a batch"))
        known = by_request.setdefault(request_id, {}).setdefault((instance, row.get("target") or None), truth)
        if known != truth:
            reason = f"gives another {column} for instance {instance} of {request_id}: {truth}"
            raise LabelsInvalid(line_number, reason)
    return Labels(column, by_request)


def _read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the header and then each row, by the names of its columns, with the number of the line where it ends."""
    # What is not UTF-8 is no value of any column, and is refused as that.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            names = [name.strip() for name in next(reader, [])]
            _check_header(names)
            yield 1, dict.fromkeys(names, "")
            for row in reader:
                if row and len(row) != len(names):
                    raise LabelsInvalid(reader.line_num, f"has {len(row)} values where there are {len(names)} columns")
                if row:
                    yield reader.line_num, dict(zip(names, map(str.strip, row), strict=True))
        except csv.Error as error:
            raise LabelsInvalid(reader.line_num, f"cannot be read: {error}") from error


def _check_header(names: list[str]) -> None:
    rest = [name for name in names if name not in _OPTIONAL]
    is_known = len(rest) == 2 and "request_id" in rest and any(name in _PARSERS for name in rest)
    if not is_known or len(set(names)) != len(names):
        ways = ", ".join(f"request_id,{name}" for name in _PARSERS)
        raise LabelsInvalid(1, f"must be the header {ways}, and instance and target after it where they are needed")


def _parse_label(line_number: int, text: str) -> int:
    rule = "the index of a class: the header request_id,class is for classes themselves"
    return int(_check(line_number, "label", text, _LABEL, rule))


def _parse_class(line_number: int, text: str) -> str:
    if not text or any("\udc80" <= letter <= "\udcff" for letter in text):
        raise LabelsInvalid(line_number, f"has no class: {text!r} is none")
    return text


def _parse_value(line_number: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LabelsInvalid(line_number, f"has no value: {text!r} is not a finite number")
    return value


_PARSERS: dict[str, Callable[[int, str], Truth]] = {
    "label": _parse_label,
    "class": _parse_class,
    "value": _parse_value,
}


def _check(line_number: int, column: str, value: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(value):
        raise LabelsInvalid(line_number, f"has no {column}: {value!r} is not {what}")
    return value
