"""The dataset in a table of typed columns: what is learnt from, what is learnt, and the task that this makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.tables.table_files import TypedTable
from app.tables.table_names import check_columns_exist
from training.dataset import Dataset
from training.errors import DatasetInvalid
from training.target_task import find_target_task, to_target
from training.tasks import CLASSIFICATION, MULTILABEL, MULTIOUTPUT, REGRESSION


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are for that are not, or not only, learnt from."""

    targets: Sequence[str]
    groups: str | None = None
    """Rows of one group stand in one part of a split; the model is not told the group."""
    time: str | None = None
    """The newest rows are tested on; the model is told the time, too."""


@dataclass(frozen=True)
class TableParts:
    """The parts of a table: rows that have their targets, without those that have not.

    X : the columns that are learnt from; targets : a column for each; kinds : of the columns of X; notes : what whoever
    trains should know, a sentence each.
    """

    X: pd.DataFrame
    targets: pd.DataFrame
    task: str
    kinds: dict[str, str]
    groups: Any
    times: Any
    notes: tuple[str, ...]


def split_table(table: TypedTable, roles: Roles, task: str | None = None) -> TableParts:
    """Return what is learnt from and what is learnt; `task` overrules what the targets say.

    Raises `NotPublishable` for a column that is not there, and `DatasetInvalid` for what cannot be learnt.
    """
    named = [*roles.targets, *(name for name in (roles.groups, roles.time) if name)]
    check_columns_exist(named, list(table.frame.columns), table.name)
    _check_time(table, roles.time)
    complete = table.frame[list(roles.targets)].notna().all(axis=1)
    if not complete.any():
        raise DatasetInvalid(f"There is nothing to learn: {_name(roles.targets)} has no value in any row.")
    frame = table.frame[complete].reset_index(drop=True)
    features = [name for name in frame if name not in roles.targets and name != roles.groups]
    if not features:
        raise DatasetInvalid(f"{table.name} has no column to learn from besides {_name(named)}.")
    found, reason = _find_task(frame, table.kinds, roles.targets, task)
    notes = [reason]
    if n_left_out := int((~complete).sum()):
        are_left_out = "row is left out, as it has" if n_left_out == 1 else "rows are left out, as they have"
        notes.append(f"{n_left_out} {are_left_out} no {_name(roles.targets)}.")
    return TableParts(
        X=frame[features],
        targets=frame[list(roles.targets)],
        task=found,
        kinds={name: table.kinds[name] for name in features},
        groups=None if roles.groups is None else _to_keys(frame[roles.groups], table.kinds[roles.groups]),
        times=None if roles.time is None else frame[roles.time].to_numpy(),
        notes=tuple(notes),
    )


def build_table_dataset(name: str, parts: TableParts, X: Any) -> Dataset:
    """Return the dataset of a table. `X` is its columns, or the same numbers as an array. Raises `DatasetInvalid`."""
    of_each = REGRESSION if parts.task == REGRESSION else CLASSIFICATION
    columns = [to_target(parts.targets[each], of_each) for each in parts.targets]
    if parts.task == MULTILABEL:
        y = np.column_stack([column.astype(np.int64) for column in columns])
    elif len(columns) > 1:
        is_mixed = len({column.dtype for column in columns}) > 1
        y = np.column_stack([_to_texts(column) for column in columns] if is_mixed else columns)
    else:
        y = columns[0]
    return Dataset(
        name=name,
        X=X,
        y=y,
        feature_names=list(parts.X.columns),
        task=parts.task,
        targets=list(parts.targets.columns),
        groups=parts.groups,
        times=parts.times,
    )


def _to_texts(classes: NDArray[Any]) -> NDArray[Any]:
    """Return classes as a CSV file writes them, as those of several targets must be of one type."""
    if classes.dtype == np.bool_:
        return np.where(classes, "true", "false").astype(object)
    return classes.astype(str).astype(object)


def _find_task(
    frame: pd.DataFrame, kinds: Mapping[str, str], targets: Sequence[str], task: str | None
) -> tuple[str, str]:
    """Return the task, and a sentence that says why it is that one."""
    if task is not None:
        found, reasons = {task}, [f"{_name(targets)}: {task}, as asked for or as the estimator is for."]
    else:
        of_each = [find_target_task(frame[name], kinds[name]) for name in targets]
        found, reasons = {each.task for each in of_each}, [each.reason for each in of_each]
    if len(found) > 1:
        raise DatasetInvalid(
            f"Some targets are numbers, and some are classes, which one model does not learn: {' '.join(reasons)} "
            "Train a model for each, or say --task."
        )
    (common,) = found
    if common == CLASSIFICATION and len(targets) > 1:
        is_binary = all(set(frame[name]) <= {0, 1} for name in targets)
        common = MULTILABEL if is_binary else MULTIOUTPUT
    return common, " ".join(reasons)


def _check_time(table: TypedTable, name: str | None) -> None:
    if name is not None and table.kinds[name] not in {"date-time", "number", "integer"}:
        raise DatasetInvalid(
            f"The rows cannot be put in order by {name!r}, which is of the kind {table.kinds[name]} "
            f"({table.reasons[name]}): name a column of date-times or numbers."
        )


def _to_keys(groups: pd.Series, kind: str) -> Any:
    return groups.astype(object).to_numpy() if kind == "category" else groups.to_numpy()


def _name(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
