"""Draws the dashboard as Grafana would lay it out, from what Prometheus answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tests.monitoring.canvas import (
    CARD,
    FAINT,
    GRID,
    INK,
    NAMED_COLOURS,
    Frame,
    Line,
    Values,
    add_axes,
    find_colour,
    reduce_colours,
    write,
)
from tests.monitoring.dashboard import Panel
from tests.monitoring.time_plot import draw_lines
from tests.monitoring.units import format_value

N_COLUMNS = 24
COLUMN_INCHES, LINE_INCHES, DPI = 0.8, 0.36, 100
GAP, TITLE_INCHES = 0.06, 0.3
PAGE = "#eef0f3"


def draw_dashboard(
    title: str, panels: Sequence[Panel], lines: Mapping[int, list[Line]], times: Values, file: Path
) -> None:
    """Draw the panels with their `lines`, by the panels' ids, at `times` in seconds since 1970."""
    n_lines = max(panel.y + panel.height for panel in panels) + 2
    width = N_COLUMNS * COLUMN_INCHES
    figure = Figure(figsize=(width, n_lines * LINE_INCHES), dpi=DPI, facecolor=PAGE)
    first, last = (datetime.fromtimestamp(time, UTC) for time in (times[0], times[-1]))
    write(figure, 2 * GAP, LINE_INCHES, title, size=17, weight="bold")
    span = f"{first:%Y-%m-%d %H:%M} to {last:%H:%M} UTC"
    write(figure, width - 2 * GAP, LINE_INCHES, span, size=11, color=FAINT, ha="right")
    for panel in panels:
        frame = Frame(panel.x * COLUMN_INCHES, (panel.y + 2) * LINE_INCHES, *_measure(panel))
        _draw_panel(figure, panel, lines.get(panel.id, []), times, frame)
    figure.savefig(file)
    reduce_colours(file)


def _measure(panel: Panel) -> tuple[float, float]:
    return panel.width * COLUMN_INCHES, panel.height * LINE_INCHES


def _draw_panel(figure: Figure, panel: Panel, lines: list[Line], times: Values, frame: Frame) -> None:
    if panel.kind == "row":
        write(figure, frame.x + 2 * GAP, frame.y + frame.height * 0.55, panel.title, size=13, weight="bold")
        return
    card = frame.cut(GAP, GAP, GAP, GAP)
    background = _find_background(panel, lines)
    axes = add_axes(figure, card)
    axes.set_axis_off()
    axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, facecolor=background, edgecolor=GRID))
    ink = INK if background == CARD else CARD
    write(figure, card.x + 0.1, card.y + 0.16, panel.title, size=9.5, weight="bold", color=ink)
    draw = {"stat": _draw_stat, "bargauge": _draw_bars, "timeseries": draw_lines}[panel.kind]
    draw(figure, panel, lines, times, card.cut(top=TITLE_INCHES))


def _find_background(panel: Panel, lines: list[Line]) -> str:
    if panel.options.get("colorMode") != "background" or not lines:
        return CARD
    return find_colour(panel, lines[0].last)


def _draw_stat(figure: Figure, panel: Panel, lines: list[Line], times: Values, card: Frame) -> None:
    """Write the last values large, in the colour of the threshold that they have reached."""
    has_area = panel.options.get("graphMode") == "area" and bool(lines)
    if has_area:
        axes = add_axes(figure, card.cut(top=card.height * 0.55))
        axes.set_axis_off()
        axes.fill_between(times, lines[0].values, color=NAMED_COLOURS["blue"], alpha=0.25, linewidth=0)
        axes.set_xlim(float(times[0]), float(times[-1]))
        axes.set_ylim(bottom=0)
    texts = [_describe(panel, line, len(lines) > 1) for line in lines if not np.isnan(line.last)]
    colours = [_find_ink(panel, line) for line in lines if not np.isnan(line.last)]
    texts, colours = (texts, colours) if texts else ([panel.defaults.get("noValue", "no data")], [FAINT])
    size = 19 if len(texts) == 1 and len(texts[0]) < 12 else 13
    for position, (text, colour) in enumerate(zip(texts, colours, strict=True)):
        y = card.y + card.height * (0.28 if has_area else 0.45) + (position - (len(texts) - 1) / 2) * 0.27
        write(figure, card.x + card.width / 2, y, text, size=size, weight="bold", color=colour, ha="center")


def _describe(panel: Panel, line: Line, is_one_of_many: bool) -> str:
    mappings: list[dict[str, Any]] = panel.defaults.get("mappings", [])
    shown: list[str] = [each["text"] for each in (m["options"].get(f"{line.last:g}") for m in mappings) if each]
    if shown:
        return shown[0]
    if panel.options.get("textMode") == "name":
        return line.name
    text = format_value(line.last, panel.unit, panel.defaults.get("decimals"))
    return f"{line.name}: {text}" if is_one_of_many else text


def _find_ink(panel: Panel, line: Line) -> str:
    if panel.options.get("textMode") == "name":
        return INK
    return CARD if panel.options.get("colorMode") == "background" else find_colour(panel, line.last)


def _draw_bars(figure: Figure, panel: Panel, lines: list[Line], times: Values, card: Frame) -> None:
    """Draw a bar for each series, the largest on top."""
    ranked = sorted((line for line in lines if not np.isnan(line.last)), key=lambda line: line.last)
    values = [line.last for line in ranked]
    axes = add_axes(figure, card.cut(left=1.75, right=0.75, bottom=0.1))
    axes.barh(range(len(ranked)), values, color=[find_colour(panel, value) for value in values], height=0.7)
    axes.set_yticks(range(len(ranked)), [line.name for line in ranked], fontsize=8, color=INK)
    for position, value in enumerate(values):
        text = " " + format_value(value, panel.unit, panel.defaults.get("decimals"))
        axes.text(value, position, text, va="center", fontsize=8, color=INK)
    axes.set_xticks([])
