from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.artifacts.errors import NotPublishable
from app.tables.table_files import read_table
from training.dataset import Dataset
from training.errors import DatasetInvalid
from training.table_dataset import Roles, TableParts, build_table_dataset, split_table

CONTENT = """id,city,age,price,churn,left,who,day
1,Rome,30,1.5,yes,true,a,2026-01-03
2,Oslo,,2.5,no,false,b,2026-01-02
3,,50,3.5,,true,a,2026-01-01
4,Bonn,60,4.5,no,false,c,2026-01-04
"""


def split(tmp_path: Path, *targets: str, task: str | None = None, **roles: Any) -> TableParts:
    path = tmp_path / "customers.csv"
    path.write_text(CONTENT)
    return split_table(read_table(path), Roles(targets, **roles), task)


def build(parts: TableParts) -> Dataset:
    return build_table_dataset("customers.csv", parts, parts.X)


def refuse(tmp_path: Path, *targets: str, task: str | None = None, **roles: Any) -> str:
    with pytest.raises((DatasetInvalid, NotPublishable)) as error:
        split(tmp_path, *targets, task=task, **roles)
    return str(error.value)


def test_learns_the_target_from_the_other_columns(tmp_path: Path) -> None:
    dataset = build(split(tmp_path, "price"))
    assert dataset.feature_names == ["id", "city", "age", "churn", "left", "who", "day"]
    assert (dataset.task, dataset.targets, dataset.y.tolist()) == ("regression", ["price"], [1.5, 2.5, 3.5, 4.5])
    assert dataset.name == "customers.csv"


def test_leaves_out_rows_without_their_target_and_says_so(tmp_path: Path) -> None:
    parts = split(tmp_path, "churn")
    assert parts.notes == (
        "Classification, as 'churn' has 2 classes.",
        "1 row is left out, as it has no 'churn'.",
    )
    assert build(parts).y.tolist() == ["yes", "no", "no"]
    assert len(parts.X) == 3


def test_does_not_tell_the_model_the_group_of_a_row(tmp_path: Path) -> None:
    parts = split(tmp_path, "left", groups="who")
    assert "who" not in parts.X
    groups = build(parts).groups
    assert groups[0] == groups[2] != groups[1]


def test_orders_rows_by_their_time(tmp_path: Path) -> None:
    parts = split(tmp_path, "left", time="day")
    assert "day" in parts.X
    assert np.argsort(build(parts).times).tolist() == [2, 1, 0, 3]


def test_learns_several_numbers_at_once(tmp_path: Path) -> None:
    dataset = build(split(tmp_path, "price", "id", task="regression"))
    assert (dataset.task, dataset.targets, dataset.y.shape) == ("regression", ["price", "id"], (4, 2))


def test_learns_several_yes_or_no_as_labels(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("x,a,b\n1,true,0\n2,false,1\n3,true,1\n")
    dataset = build(split_table(read_table(path), Roles(["a", "b"])))
    assert (dataset.task, dataset.y.tolist()) == ("multilabel", [[1, 0], [0, 1], [1, 1]])


def test_learns_classes_of_several_types_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("x,a,b,c\n1,true,u,3\n2,false,v,4\n")
    dataset = build(split_table(read_table(path), Roles(["a", "b", "c"])))
    assert (dataset.task, dataset.y.tolist()) == ("multioutput", [["true", "u", "3"], ["false", "v", "4"]])


@pytest.mark.parametrize(
    ("targets", "roles", "sentence"),
    [
        (["chrun"], {}, "customers.csv has no column 'chrun': is it 'churn'?"),
        (["left"], {"groups": "whom"}, "customers.csv has no column 'whom': is it 'who'?"),
        (["left"], {"time": "city"},
         "The rows cannot be put in order by 'city', which is of the kind category (3 distinct texts in 3 rows): name "
         "a column of date-times or numbers."),
        (["price", "churn"], {},
         "Some targets are numbers, and some are classes, which one model does not learn: Regression, as 'price' has "
         "numbers with a fraction (--task overrules). Classification, as 'churn' has 2 classes. Train a model for "
         "each, or say --task."),
    ],
)  # fmt: skip
def test_says_what_cannot_be_learnt(tmp_path: Path, targets: list[str], roles: dict[str, Any], sentence: str) -> None:
    assert refuse(tmp_path, *targets, **roles) == sentence


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("x,y\n1,\n2,NA\n", "There is nothing to learn: 'y' has no value in any row."),
        ("y\n1\n2\n", "small.csv has no column to learn from besides 'y'."),
        ("x,y\n1,a\n2,a\n", "The target 'y' is 'a' in every row, so that there is nothing to tell apart."),
    ],
)
def test_refuses_a_table_with_nothing_to_learn(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "small.csv"
    path.write_text(content)
    with pytest.raises(DatasetInvalid) as error:
        build(split_table(read_table(path), Roles(["y"])))
    assert str(error.value) == sentence
