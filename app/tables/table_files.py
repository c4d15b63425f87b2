"""Tables in files, CSV or Parquet: a frame to train a model on, with the kind of each column and why it is that one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from app.artifacts.errors import NotPublishable
from app.columns.kinds import KINDS
from app.tables.csv_files import read_csv
from app.tables.parquet_files import read_parquet
from app.tables.table_names import check_columns_exist
from app.tables.text_kinds import FoundKind, find_kind
from app.tables.text_series import to_series
from app.tables.text_table import MISSING_MARKS, Report, find_missing, report_nothing

_OVERRULED = "as asked for"


@dataclass(frozen=True)
class TypedTable:
    """A table whose columns have kinds.

    frame : a column of the type that a model is trained on for each that is not dropped, rows numbered from 0;
    kinds : by column, as `find_columns` takes them; reasons : by column, why it is of that kind.
    """

    name: str
    frame: pd.DataFrame
    kinds: dict[str, str]
    reasons: dict[str, str]


def read_table(
    path: Path,
    kinds: Mapping[str, str] = {},
    drop: Collection[str] = (),
    missing_marks: Sequence[str] = MISSING_MARKS,
    report: Report = report_nothing,
) -> TypedTable:
    """Return the table in a CSV or a Parquet file, named for the file.

    `kinds` overrules what is found, by the column's name; `missing_marks` are the texts of a CSV file that stand for
    no value, besides the empty one. Raises `NotPublishable` with the line, the column and what to do.
    """
    if not path.is_file():
        raise NotPublishable(f"There is no file {path}.")
    _check_kinds(kinds)
    is_parquet = path.suffix.lower() in {".parquet", ".pq"}
    typed = read_parquet(path, kinds, drop) if is_parquet else _type_csv(path, kinds, drop, missing_marks, report)
    series, found = dict[str, pd.Series](), dict[str, FoundKind]()
    for name, values, kind in typed:
        series[name], found[name] = values, kind
    if not series:
        raise NotPublishable(f"{path.name} has no columns but those that are dropped.")
    of_kind = {name: each.kind for name, each in found.items()}
    return TypedTable(path.name, pd.DataFrame(series), of_kind, {name: each.reason for name, each in found.items()})


def _type_csv(
    path: Path, kinds: Mapping[str, str], drop: Collection[str], missing_marks: Sequence[str], report: Report
) -> Iterator[tuple[str, pd.Series, FoundKind]]:
    table = read_csv(path, report)
    check_columns_exist([*kinds, *drop], table.names, path.name)
    for name in table.names:
        texts = table.columns.pop(0)  # so that there is one column at a time as Python's strings
        if name not in drop:
            column = find_missing(name, texts, table.lines, missing_marks)
            found = FoundKind(kinds[name], _OVERRULED) if name in kinds else find_kind(column)
            yield name, to_series(column, found.kind), found


def _check_kinds(kinds: Mapping[str, str]) -> None:
    for name, kind in kinds.items():
        if kind not in KINDS:
            raise NotPublishable(
                f"The column {name!r} cannot be of the kind {kind!r}: the kinds are {', '.join(KINDS)}."
            )
