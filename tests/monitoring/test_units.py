from __future__ import annotations

import pytest

from tests.monitoring.units import format_value


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0, "s", "0 s"),
        (0.00025, "s", "250 µs"),
        (0.1, "s", "100 ms"),
        (86400.0 * 1.5, "s", "1.5 d"),
        (0.0123, "percentunit", "1.23 %"),
        (-0.5, "percentunit", "-50 %"),
        (160_000_000.0, "bytes", "153 MiB"),
        (12_700.0, "none", "12.7k"),
        (0.25, "none", "0.25"),
        (75.9, "reqps", "75.9 req/s"),
        (4.5, "cps", "4.5/s"),
        (float("nan"), "s", "-"),
    ],
)
def test_writes_a_value_with_its_unit(value: float, unit: str, shown: str) -> None:
    assert format_value(value, unit) == shown


def test_writes_as_many_decimals_as_are_asked_for() -> None:
    assert format_value(0.5, "none", decimals=3) == "0.500"
