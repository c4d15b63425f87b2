"""What the README and `.env.example` say of the settings is what `app/settings.py` says."""

from __future__ import annotations

from dataclasses import fields

import pytest

from app.environment import get_variable
from app.settings import Settings
from tools.settings_tables import EXAMPLE, NAMES, README, build_rows, replace_lines, replace_rows


def test_the_readme_says_what_the_settings_say() -> None:
    assert README.read_text() == replace_rows(README.read_text()), "renew it: make settings"


def test_the_example_says_what_the_settings_say() -> None:
    assert EXAMPLE.read_text() == replace_lines(EXAMPLE.read_text()), "renew it: make settings"


@pytest.mark.parametrize(
    ("row", "changed"),
    [
        ("| `HOST`, `PORT` | `127.0.0.1`, `8000` | where to listen |\n", "| `HOST` | `::1` | anywhere |\n"),
        ("| `THREADS` | `4` | threads in each worker |\n", "| `THREADS` | `5` | threads in each worker |\n"),
        ("| `LOG_LEVEL` | `info` | `debug`,", "| `LOG_LEVEL` | `info` | `trace`,"),
        ("| `MAX_BATCH_SIZE` | `512` | instances in one batch |\n", ""),
    ],
)
def test_renews_a_row_that_differs_and_nothing_else(row: str, changed: str) -> None:
    readme = README.read_text()
    outdated = readme.replace(row, changed)
    assert outdated != readme
    assert replace_rows(outdated) == readme


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("# Where to listen.\n", "# Where to listen,\n# and more.\n"),
        ("# How long requests in flight may take to finish after SIGTERM.\n", ""),
        ("\nTHREADS=4\n", "\nTHREADS=5\n"),
        ("# Where to send traces, by OTLP over HTTP (unset: nowhere)", "# Where to send traces"),
    ],
)
def test_renews_a_variable_or_a_comment_that_differs_and_nothing_else(text: str, changed: str) -> None:
    example = EXAMPLE.read_text()
    outdated = example.replace(text, changed)
    assert outdated != example
    assert replace_lines(outdated) == example


def test_every_setting_has_a_row_in_the_order_of_the_settings() -> None:
    rows = [row.split("|") for row in build_rows().splitlines()]
    assert [name.strip(" `") for row in rows for name in row[1].split(",")] == NAMES


def test_a_default_that_the_machine_decides_is_described_in_words() -> None:
    computed = [get_variable(setting) for setting in fields(Settings) if get_variable(setting).compute_default]
    assert computed and all(variable.default_in_words for variable in computed)


def test_refuses_a_file_without_the_settings() -> None:
    with pytest.raises(SystemExit, match="The settings from HOST to OTEL_EXPORTER_OTLP_ENDPOINT were not found."):
        replace_rows("# A readme without a table\n")
