from __future__ import annotations

from pathlib import Path

from app.tables.table_files import read_table
from training.column_listing import MAX_COLUMNS, format_columns


def format_file(tmp_path: Path, content: str) -> list[str]:
    path = tmp_path / "table.csv"
    path.write_text(content)
    return format_columns(read_table(path), {"churn": "target"}).splitlines()


def test_lists_what_each_column_is_taken_for(tmp_path: Path) -> None:
    content = "age,city,since,seen,churn,none\n31,Rome,2026-01-31,true,0,\n2.5,Oslo,2025-01-01,false,1,\n,Rome,,,1,\n"
    listed = [line.split("  ") for line in format_file(tmp_path, content)]
    assert [[cell.strip() for cell in row if cell.strip()] for row in listed][:7] == [
        ["column", "kind", "missing", "values", "why"],
        ["age", "number", "33.3%", "2.5 to 31", "numbers"],
        ["city", "category", "-", "Rome, Oslo", "2 distinct texts in 3 rows"],
        ["since", "date-time", "33.3%", "2025-01-01 to 2026-01-31", "dates, or date-times with a zone"],
        ["seen", "boolean", "33.3%", "True, False", "true and false"],
        ["churn (target)", "integer", "-", "0 to 1", "whole numbers"],
        ["none", "number", "100.0%", "none", "no values at all"],
    ]


def test_says_how_to_overrule(tmp_path: Path) -> None:
    assert "--kind NAME=category" in format_file(tmp_path, "a,b\n1,2\n")[-1]


def test_names_so_many_columns_and_counts_the_others(tmp_path: Path) -> None:
    names = [f"c{place}" for place in range(MAX_COLUMNS + 3)]
    lines = format_file(tmp_path, ",".join(names) + "\n" + ",".join(["1"] * len(names)) + "\n")
    assert "... and 3 columns more" in lines
    assert sum(line.startswith("c") for line in lines) == MAX_COLUMNS + 1


def test_cuts_long_texts(tmp_path: Path) -> None:
    line = format_file(tmp_path, "a,b\n" + "x" * 99 + ",2\n")[1]
    assert "x" * 31 + "...  1 distinct" in line
