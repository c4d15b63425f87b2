"""Draws a panel of series over time, with thresholds and a legend."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from tests.monitoring.canvas import FAINT, GRID, INK, NAMED_COLOURS, Frame, Line, Values, add_axes, write
from tests.monitoring.dashboard import Panel
from tests.monitoring.units import format_value

MAX_SERIES = 10
MAX_TICKS = 6
LABELS_INCHES, TIMES_INCHES, LEGEND_LINE_INCHES, LEGEND_COLUMN_INCHES = 0.75, 0.3, 0.17, 2.0
SERIES_COLOURS = (
    "#3274d9", "#e08a1e", "#2e9e5b", "#8e5bd0", "#d43d3d", "#17a2b8", "#b5651d", "#d6509f", "#7a8a1c", "#5d6d7e",
)  # fmt: skip


def draw_lines(figure: Figure, panel: Panel, lines: list[Line], times: Values, card: Frame) -> None:
    """Draw the series, the highest where there are too many."""
    known = [line for line in lines if not np.isnan(line.last)]
    highest = sorted(known, key=lambda line: -np.nanmax(line.values))[:MAX_SERIES]
    chosen = [line for line in known if line in highest]
    n_columns = max(1, int(card.width / LEGEND_COLUMN_INCHES))
    legend_inches = max(1, math.ceil(len(chosen) / n_columns)) * LEGEND_LINE_INCHES
    axes = add_axes(figure, card.cut(left=LABELS_INCHES, top=0.05, right=0.15, bottom=TIMES_INCHES + legend_inches))
    _plot(axes, panel, chosen, times)
    _set_scale(axes, panel, bool(chosen))
    _draw_thresholds(axes, panel)
    _mark_times(axes, times)
    legend = Frame(card.x + 0.15, card.y + card.height - legend_inches - 0.05, card.width - 0.2, legend_inches)
    _write_legend(figure, panel, chosen, legend, n_columns)


def choose_ticks(start: float, end: float) -> list[float]:
    """Return few round times between two, in seconds since 1970."""
    steps = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
    step = next((step for step in steps if (end - start) / step <= MAX_TICKS), end - start)
    first = math.ceil(start / step) * step
    return [float(tick) for tick in np.arange(first, end + 0.001, step)]


def _plot(axes: Axes, panel: Panel, lines: list[Line], times: Values) -> None:
    custom = panel.defaults.get("custom", {})
    if not lines:
        text = panel.defaults.get("noValue", "no data")
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=FAINT)
    elif "stacking" in custom:
        values = [np.nan_to_num(line.values) for line in lines]
        axes.stackplot(times, values, colors=SERIES_COLOURS[: len(lines)], alpha=0.75, linewidth=0)
    else:
        for line, colour in zip(lines, SERIES_COLOURS, strict=False):
            axes.plot(times, line.values, color=colour, linewidth=1.4)
            if custom.get("fillOpacity"):
                axes.fill_between(times, line.values, color=colour, alpha=custom["fillOpacity"] / 100, linewidth=0)


def _set_scale(axes: Axes, panel: Panel, has_lines: bool) -> None:
    """Have the scale begin and end as the panel says, and reach the lowest threshold."""
    custom = panel.defaults.get("custom", {})
    if has_lines and custom.get("scaleDistribution", {}).get("type") == "log":
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=8))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(5))
    limits = [limit for limit, _ in panel.thresholds if limit is not None and "thresholdsStyle" in custom]
    low, high = axes.get_ylim()
    high = max(high, *(limit * 1.3 for limit in limits[:1]), low)
    axes.set_ylim(panel.defaults.get("min", low), min(high, panel.defaults.get("max", high)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_value(value, panel.unit)))
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def _draw_thresholds(axes: Axes, panel: Panel) -> None:
    if "thresholdsStyle" not in panel.defaults["custom"]:
        return
    for limit, colour in panel.thresholds:
        if limit is not None and limit <= axes.get_ylim()[1]:
            axes.axhline(limit, color=NAMED_COLOURS[colour], linewidth=1.2, linestyle="--")


def _mark_times(axes: Axes, times: Values) -> None:
    axes.set_xlim(float(times[0]), float(times[-1]))
    ticks = choose_ticks(float(times[0]), float(times[-1]))
    axes.set_xticks(ticks, [f"{datetime.fromtimestamp(tick, UTC):%H:%M:%S}" for tick in ticks])


def _write_legend(figure: Figure, panel: Panel, lines: list[Line], frame: Frame, n_columns: int) -> None:
    """Name each series, with the last value that there is."""
    for position, (line, colour) in enumerate(zip(lines, SERIES_COLOURS, strict=False)):
        x = frame.x + (position % n_columns) * frame.width / n_columns
        y = frame.y + (position // n_columns + 0.5) * LEGEND_LINE_INCHES
        write(figure, x, y, "■", size=8, color=colour)
        write(figure, x + 0.14, y, f"{line.name}  {format_value(line.last, panel.unit)}", size=7.5, color=INK)
