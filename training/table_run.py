"""A run of training on a table in a file: what is found in it is shown, doubted, and then trained on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.tables.table_files import TypedTable, read_table
from app.tables.table_names import check_columns_exist
from app.tables.text_table import MISSING_MARKS
from training.advice import find_warnings
from training.column_listing import format_columns
from training.dataset import Dataset
from training.default_models import is_plain, list_default_models
from training.errors import DatasetInvalid
from training.evaluation import BuildPipeline
from training.own_estimator import load_estimator, repeat_estimator
from training.progress import report_reading
from training.table_dataset import Roles, TableParts, build_table_dataset, split_table
from training.tasks import CLASSIFICATION, REGRESSION, find_task


def load_table(options: argparse.Namespace) -> tuple[Dataset, dict[str, BuildPipeline], dict[str, str]]:
    """Return the data that the options name, the models to train, and the kinds of the columns.

    Shows what is found. Raises `NotPublishable`, `DatasetInvalid` or `EstimatorUnusable`, and nothing was fitted.
    """
    roles = Roles(options.target, options.groups, options.time)
    estimator = load_estimator(options.estimator) if options.estimator else None
    if not roles.targets:
        raise DatasetInvalid("Say which column is to be learnt: --target COLUMN, or TARGET=COLUMN for make.")
    marks = options.missing or MISSING_MARKS
    table = read_table(options.data, dict(options.kind), options.drop, marks, report_reading(sys.stderr))
    parts = split_table(table, roles, _choose_task(options, estimator, table))
    print(format_columns(table, _name_roles(roles)), flush=True)
    warnings = find_warnings(parts.X, parts.targets, parts.kinds, parts.task, roles.time is not None)
    print("\n".join([*parts.notes, *(f"Warning: {warning}" for warning in warnings)]) + "\n", flush=True)
    dataset = build_table_dataset(table.name, parts, _choose_container(parts, estimator))
    if estimator is not None:
        return dataset, {"": repeat_estimator(estimator)}, parts.kinds
    return dataset, list_default_models(dataset, parts.kinds, options.seed), parts.kinds


def _choose_task(options: argparse.Namespace, estimator: Any, table: TypedTable) -> str | None:
    """Return the task that is asked for, by name or by an estimator; `None` leaves it to the target."""
    if estimator is None or options.task:
        return str(options.task) if options.task else None
    check_columns_exist(options.target, list(table.frame.columns), table.name)
    task = find_task(estimator, np.zeros(1))
    if task not in {CLASSIFICATION, REGRESSION}:
        raise DatasetInvalid(f"{options.estimator!r} is for the task {task}: publish it with training.publish.")
    return task


def _choose_container(parts: TableParts, estimator: Any) -> Any:
    """Return the columns as a model is to be trained on them: plain numbers as an array, where the model is ours."""
    if estimator is None and is_plain(parts.X, parts.kinds):
        return parts.X.to_numpy(dtype=np.float64)
    return parts.X


def _name_roles(roles: Roles) -> Mapping[str, str]:
    named = dict.fromkeys(roles.targets, "target")
    named |= {roles.groups: "groups"} if roles.groups else {}
    return named | ({roles.time: "time"} if roles.time else {})
