"""Writes values as Grafana does, for the units that the dashboard uses."""

from __future__ import annotations

import math
from collections.abc import Callable

_DURATIONS = [(86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")]
_BINARY = [(1024.0**3, "GiB"), (1024.0**2, "MiB"), (1024.0, "KiB"), (1.0, "B")]
_DECIMAL = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")]


def format_value(value: float, unit: str, decimals: int | None = None) -> str:
    """Return `value` with its unit, by default with three digits that count."""
    if math.isnan(value):
        return "-"
    if unit == "percentunit":
        return f"{_format_number(value * 100, decimals)} %"
    return _FORMATS.get(unit, _format_plain)(value, decimals)


def _format_plain(value: float, decimals: int | None) -> str:
    return _scale(value, _DECIMAL, decimals)


def _format_rate(noun: str) -> Callable[[float, int | None], str]:
    return lambda value, decimals: f"{_format_plain(value, decimals)} {noun}/s".replace(" /", "/")


def _scale(value: float, scales: list[tuple[float, str]], decimals: int | None) -> str:
    factor, name = next((scale for scale in scales if abs(value) >= scale[0]), scales[-1])
    if value == 0:
        factor, name = next(scale for scale in scales if scale[0] == 1)
    number = _format_number(value / factor, decimals)
    return f"{number} {name}".rstrip() if scales is not _DECIMAL else f"{number}{name}"


def _format_number(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:.{decimals}f}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


_FORMATS: dict[str, Callable[[float, int | None], str]] = {
    "s": lambda value, decimals: _scale(value, _DURATIONS, decimals),
    "bytes": lambda value, decimals: _scale(value, _BINARY, decimals),
    "reqps": _format_rate("req"),
    "cps": _format_rate(""),
}
