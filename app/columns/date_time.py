"""Date-times: columns of moments, written as RFC 3339 says, or of dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column, name_type
from app.columns.faults import FaultKind

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
# The hour 24 is ISO's and not RFC 3339's: later releases of Python would read it.
_HOUR_AND_MINUTE = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_DATE_TIME = re.compile(rf"({_DATE})[Tt ]({_HOUR_AND_MINUTE}):([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]{_HOUR_AND_MINUTE})")
# What nanoseconds in 64 bits hold, in whole years.
FIRST_YEAR, LAST_YEAR = 1678, 2261


@dataclass(frozen=True)
class DateTimeColumn(Column):
    """A column of moments, kept in UTC and to the microsecond; a date is its midnight in UTC."""

    dtype: str = "datetime64[us]"

    kind = "date-time"

    def accepts(self, value: Any) -> bool:
        """Return whether `value` is a moment with a zone, or a date, of the years 1678 to 2261."""
        return _parse(value) is not None

    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that `value` breaks, and what sort of fault that is."""
        if not isinstance(value, str):
            return f"must be {self.describe_value()}, not {name_type(value)}", FaultKind.WRONG_TYPE
        if _parse_text(value) is not None:
            return f"must be of the years {FIRST_YEAR} to {LAST_YEAR}, in UTC", FaultKind.OUT_OF_RANGE
        example = "'2026-01-31T12:00:00Z' or '2026-01-31'"
        return f"must be a date-time with its zone, or a date, such as {example}", FaultKind.WRONG_TYPE

    def parse(self, value: Any) -> datetime | None:
        """Return the moment, in UTC."""
        return _parse(value)

    @property
    def value_bytes(self) -> int:
        """With nanoseconds and a zone."""
        return len('"2026-01-31T12:00:00.000000000+00:00"')

    def describe_value(self) -> str:
        """Return what a value is called."""
        return "a string with a date-time"

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a date-time or a date."""
        return {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}

    def encode(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the seconds since 1970 began."""
        return np.array([np.nan if value is None else value.timestamp() for value in values], dtype=np.float64)


def _parse(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    elif isinstance(value, str):
        moment = _parse_text(value)  # type: ignore[assignment]
    else:
        return None
    return moment if moment is not None and FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _parse_text(text: str) -> datetime | None:
    try:
        if matched := _DATE_TIME.fullmatch(text):
            return _join(*matched.groups())
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if re.fullmatch(_DATE, text) else None
    except (ValueError, OverflowError):
        return None


def _join(date: str, hour_and_minute: str, seconds: str, fraction: str | None, zone: str) -> datetime | None:
    """Return the moment in UTC. A leap second, which there is at midnight alone, is the second after it, as in POSIX.

    Raises `ValueError` or `OverflowError` where there is no such day.
    """
    is_leap_second = seconds == "60"
    microseconds = (fraction or ".")[1:7].ljust(6, "0")
    normal = f"{date}T{hour_and_minute}:{'59' if is_leap_second else seconds}.{microseconds}{zone.upper()}"
    moment = datetime.fromisoformat(normal.replace("Z", "+00:00")).astimezone(UTC)
    if not is_leap_second:
        return moment
    return moment + timedelta(seconds=1) if (moment.hour, moment.minute) == (23, 59) else None
