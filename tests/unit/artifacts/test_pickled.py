from __future__ import annotations

import io
import pickle
import pickletools
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import OneHotEncoder

from app.artifacts.pickled import Global, PickleUnreadable, list_globals

X, Y = load_iris(return_X_y=True)
TEXTS = np.array([["a"], ["b"]], dtype=object)
VALUES: list[Any] = [
    RandomForestClassifier(5).fit(X, Y),
    HistGradientBoostingClassifier(max_iter=5).fit(X, np.array(list("abc"))[Y]),
    TfidfVectorizer().fit(["one two", "two three"]),
    OneHotEncoder().fit(TEXTS),
    pd.DataFrame({"number": [1.5, 2.0], "city": pd.Categorical(["Oslo", "Rome"])}),
    [np.zeros((0, 3)), np.array(2.0), np.zeros((2, 3), order="F"), np.array(["text"]), TEXTS, Decimal("1.5")],
    np.zeros(3, dtype=[("feature", "i8"), ("value", "f4")]),
    {"moment": np.array(["2026-01-31"], dtype="datetime64[us]"), "dates": {date(2026, 1, 31)}},
]


def dump(value: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


def record_globals(content: bytes) -> set[Global]:
    """Return what really unpickling `content` asks for."""
    asked_for = set()

    class Recorder(joblib.numpy_pickle.NumpyUnpickler):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            found = super().find_class(module, name)
            asked_for.add(Global(sys.modules[module].__name__ if module in sys.modules else found.__module__, name))
            return found

    file = io.BytesIO(content)
    Recorder("", file, ensure_native_byte_order=False).load()
    return asked_for


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_lists_what_unpickling_a_pickle_asks_for(value: Any, protocol: int) -> None:
    content = pickle.dumps(value, protocol=protocol)
    assert set(list_globals(content)) == record_globals(content)


@pytest.mark.parametrize("write", [dump, cloudpickle.dumps])
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_lists_what_unpickling_other_files_asks_for(value: Any, write: Callable[[Any], bytes]) -> None:
    content = write(value)
    assert set(list_globals(content)) == record_globals(content)


def test_knows_what_older_protocols_name_by_what_it_is_called_now() -> None:
    named = {Global("copyreg", "_reconstructor"), Global("builtins", "object")}
    assert named <= set(list_globals(pickle.dumps(TfidfVectorizer(), protocol=0)))


def test_lists_what_stands_behind_an_array() -> None:
    found = list_globals(dump([np.zeros((100, 3)), TEXTS, np.zeros(2, np.float32), Decimal(1)]))
    assert found[-1] == Global("decimal", "Decimal")


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("write", [pickle.dumps, dump])
def test_runs_nothing_of_it(tmp_path: Path, write: Callable[[Any], bytes]) -> None:
    content = write([np.zeros(3), Trap(tmp_path / "sprung")])
    assert Global("pathlib", "PosixPath") in list_globals(content)
    assert not (tmp_path / "sprung").exists()


def test_names_a_module_that_is_not_there() -> None:
    assert list_globals(b"cno_such_module.inner\nThing\n.") == [Global("no_such_module.inner", "Thing")]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it is no pickle that can be read (EOFError"),
        (b"column,other\n1,2\n", "it is no pickle that can be read"),
        (pickle.dumps([1, 2])[:-3], "it is no pickle that can be read"),
        (b"\x82\x01.", "it names classes by numbers of a registry (copyreg), which no other process has"),
        (b"Pid\n.", "it refers to what lies outside of it"),
    ],
)
def test_refuses_what_is_no_pickle(content: bytes, fault: str) -> None:
    with pytest.raises(PickleUnreadable) as refused:
        list_globals(content)
    assert str(refused.value).startswith(fault)


def test_reads_a_pickle_that_calls_what_it_has_built() -> None:
    content = pickletools.optimize(cloudpickle.dumps(lambda number: number + 1))
    assert Global("cloudpickle.cloudpickle", "_make_function") in list_globals(content)
