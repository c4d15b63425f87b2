"""What the picture of the dashboard is made of: places in inches, colours and letters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from tests.monitoring.dashboard import Panel

CARD, INK, FAINT, GRID = "#ffffff", "#1f2933", "#66727f", "#dde1e6"
NAMED_COLOURS = {"green": "#2e9e5b", "orange": "#e08a1e", "red": "#d43d3d", "blue": "#3274d9"}

Values = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Line:
    """One series of a panel, at the picture's times; not a number where there is none."""

    name: str
    values: Values

    @property
    def last(self) -> float:
        """The last value that there is."""
        known = self.values[~np.isnan(self.values)]
        return float(known[-1]) if len(known) else float("nan")


@dataclass(frozen=True)
class Frame:
    """Where something is drawn, in inches from the picture's top left."""

    x: float
    y: float
    width: float
    height: float

    def cut(self, left: float = 0.0, top: float = 0.0, right: float = 0.0, bottom: float = 0.0) -> Frame:
        """Return what is left without so much of each side."""
        return Frame(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)


def add_axes(figure: Figure, frame: Frame) -> Axes:
    """Return axes that fill `frame`, with no frame of their own."""
    width, height = figure.get_size_inches()
    bottom = height - frame.y - frame.height
    axes = figure.add_axes((frame.x / width, bottom / height, frame.width / width, frame.height / height))
    axes.set_facecolor("none")
    axes.spines[:].set_visible(False)
    axes.tick_params(labelsize=7.5, colors=FAINT, length=0, which="both")
    return axes


def write(figure: Figure, x: float, y: float, text: str, **style: Any) -> None:
    """Write `text`, its middle at the height `y`."""
    width, height = figure.get_size_inches()
    figure.text(x / width, 1 - y / height, text, va="center", **{"color": INK, **style})


def find_colour(panel: Panel, value: float) -> str:
    """Return the colour of the highest threshold that `value` has reached."""
    reached = [colour for limit, colour in panel.thresholds if limit is None or value >= limit]
    return NAMED_COLOURS[reached[-1]]


def reduce_colours(file: Path) -> None:
    """Store a picture in 128 colours, which makes it small."""
    with Image.open(file) as picture:
        reduced = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    reduced.save(file, optimize=True)
