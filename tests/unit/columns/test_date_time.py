from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.columns.date_time import DateTimeColumn
from app.columns.faults import FaultKind

COLUMN = DateTimeColumn("since", missing=True)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
FORMAT = "must be a date-time with its zone, or a date, such as '2026-01-31T12:00:00Z' or '2026-01-31'"
YEARS = "must be of the years 1678 to 2261, in UTC"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31t12:00:00z", NOON),
        ("2026-01-31 12:00:00Z", NOON),
        ("2026-01-31T12:00:00-00:00", NOON),
        ("2026-01-31T14:30:00+02:30", NOON),
        ("2026-01-30T12:01:00-23:59", NOON),
        ("2026-01-31T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-01-31T12:00:00.1234567890123Z", NOON + timedelta(microseconds=123456)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("1678-01-01T00:00:00Z", datetime(1678, 1, 1, tzinfo=UTC)),
        ("2261-12-31T23:59:59.999999Z", datetime(2261, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("1677-12-31T23:00:00-01:00", datetime(1678, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T00:59:60.25+01:00", datetime(2017, 1, 1, 0, 0, 0, 250000, tzinfo=UTC)),
    ],
)
def test_keeps_a_moment_in_utc(text: str, moment: datetime) -> None:
    assert COLUMN.accepts(text)
    parsed = COLUMN.parse(text)
    assert (parsed, parsed and parsed.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "2026-01-31T12:00:00", "2026-01-31T12:00Z", "2026-01-31T12Z", "20260131", "2026-1-31",
        "2026-02-30", "2026-13-01", "2025-02-29", "0000-01-01", "2026-W05-6", "2026-031", "26-01-31", "+2026-01-31",
        "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:61Z", "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+02", "2026-01-31T12:00:00+0200", "2026-01-31T12:00:00+02:60", "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00,5Z", " 2026-01-31", "2026-01-31\n", "2026-01-31T12:00:00Z\n", "2026-01-31T12:00:60Z",
        "２０２６-01-31", "1769860800", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    ],
)  # fmt: skip
def test_takes_nothing_else_for_a_moment(text: str) -> None:
    assert not COLUMN.accepts(text)
    assert COLUMN.explain(text) == (FORMAT, FaultKind.WRONG_TYPE)


@pytest.mark.parametrize("text", ["1677-12-31", "2262-01-01", "0001-01-01", "9999-12-31", "1678-01-01T00:00:00+00:01"])
def test_says_which_years_there_are(text: str) -> None:
    assert not COLUMN.accepts(text)
    assert COLUMN.explain(text) == (YEARS, FaultKind.OUT_OF_RANGE)


@pytest.mark.parametrize(
    ("value", "found"), [(1769860800, "a number"), (True, "a boolean"), (["2026-01-31"], "an array"), ({}, "an object")]
)
def test_takes_no_other_type_for_a_moment(value: Any, found: str) -> None:
    assert not COLUMN.accepts(value)
    assert COLUMN.explain(value) == (f"must be a string with a date-time, not {found}", FaultKind.WRONG_TYPE)


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=2))),
        pd.Timestamp("2026-01-31 13:00", tz="Europe/Rome"),
    ],
)
def test_accepts_what_python_and_pandas_have_for_a_moment(value: Any) -> None:
    assert COLUMN.accepts(value)
    parsed = COLUMN.parse(value)
    assert parsed is not None
    assert (parsed, parsed.utcoffset()) == (NOON, timedelta())


def test_is_compared_with_training_by_the_seconds_since_1970() -> None:
    moments = np.array([datetime(1970, 1, 2, tzinfo=UTC), None, datetime(1969, 12, 31, 23, tzinfo=UTC)], dtype=object)
    np.testing.assert_array_equal(COLUMN.encode(moments), [86400.0, np.nan, -3600.0])
    assert COLUMN.n_values is None


@given(
    st.datetimes(datetime(1678, 1, 2), datetime(2261, 12, 30)), st.integers(-1439, 1439), st.sampled_from("Tt "),
)  # fmt: skip
def test_reads_any_moment_in_any_zone(moment: datetime, offset: int, separator: str) -> None:
    local = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert COLUMN.parse(local.isoformat(separator)) == local
