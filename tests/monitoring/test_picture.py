"""The dashboard can be drawn, whatever Prometheus has answered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.monitoring.canvas import Line
from tests.monitoring.dashboard import Target, list_panels
from tests.monitoring.dashboard_picture import PICTURE_FILE, to_line
from tests.monitoring.picture import draw_dashboard
from tests.monitoring.time_plot import MAX_SERIES, choose_ticks

TIMES = np.arange(1_800_000_000.0, 1_800_000_060.0)
MAX_BYTES = 400_000


@pytest.mark.parametrize("n_lines", [0, 1, MAX_SERIES + 5])
def test_draws_every_panel(n_lines: int, tmp_path: Path) -> None:
    values = np.where(TIMES % 7 == 0, np.nan, TIMES % 10 / 10)
    panels = list_panels()
    lines = {panel.id: [Line(f"series {number}", values) for number in range(n_lines)] for panel in panels}
    draw_dashboard("title", panels, lines, TIMES, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.width == 1920


def test_a_line_has_the_values_at_their_times_and_none_elsewhere() -> None:
    series = {"metric": {"route": "/predict"}, "values": [[TIMES[1], "0.5"], [TIMES[3], "NaN"]]}
    line = to_line(Target("expression", "of {{route}}", False), series, TIMES[:4])
    assert line.name == "of /predict"
    assert np.array_equal(line.values, [np.nan, 0.5, np.nan, np.nan], equal_nan=True)


def test_the_last_value_is_the_last_that_there_is() -> None:
    assert Line("", np.array([1.0, 2.0, np.nan])).last == 2.0


@pytest.mark.parametrize(("seconds", "step"), [(60, 10), (350, 60), (3600, 600)])
def test_marks_round_times(seconds: float, step: float) -> None:
    ticks = choose_ticks(1_800_000_001.0, 1_800_000_001.0 + seconds)
    assert {tick % step for tick in ticks} == {0.0}
    assert 4 <= len(ticks) <= 7


def test_the_committed_picture_is_small() -> None:
    assert PICTURE_FILE.stat().st_size < MAX_BYTES
