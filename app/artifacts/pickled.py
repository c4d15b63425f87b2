"""Pickles, read without running them: which classes and functions a file by joblib or pickle names.

Whatever a pickle would import, call or build is replaced with what does nothing. A file by joblib holds the bytes of
its arrays between the instructions, which are passed over.
"""

from __future__ import annotations

import _compat_pickle
import io
import math
import pickle
from typing import Any, NamedTuple

import numpy as np

# The unpickler in Python itself, whose steps can be replaced.
_Steps: Any = pickle._Unpickler

_FIRST_OF_PYTHON_3 = 3

_ARRAY = "NumpyArrayWrapper"
# What numpy writes among the flags of a structured type that holds objects.
_HAS_OBJECTS = 0x01


class Global(NamedTuple):
    """A class or a function that a pickle names."""

    module: str
    name: str


class PickleUnreadable(ValueError):
    """Bytes that are no pickle, or one of a form that nothing reads any more."""


def list_globals(content: bytes) -> list[Global]:
    """Return what a pickle names, in the order in which it does, each once. Raises `PickleUnreadable`.

    Nothing of it is imported, and none of its code runs.
    """
    reader = _Reader(io.BytesIO(content))
    try:
        reader.load()
    except PickleUnreadable:
        raise
    except Exception as error:  # whatever instructions that make no sense lead to
        raise PickleUnreadable(f"it is no pickle that can be read ({type(error).__name__}: {error})") from error
    return list(reader.named)


class _Inert:
    """What stands for whatever a pickle names or builds: it keeps what it is given, and does nothing."""

    named: Global | None = None

    def __new__(cls: Any, *arguments: Any, **named: Any) -> Any:
        inert: Any = object.__new__(cls if isinstance(cls, type) else _Inert)
        inert.arguments = arguments
        inert.state = None
        return inert

    def __init__(self, *arguments: Any, **named: Any) -> None:
        pass

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return _Inert(*arguments)

    def __setstate__(self, *states: Any) -> None:
        for state in states:
            self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, item: Any) -> None:
        pass

    def extend(self, items: Any) -> None:
        pass

    def add(self, item: Any) -> None:
        pass


class _Reader(_Steps):  # type: ignore[misc]  # typeshed takes it for the one in C
    dispatch = _Steps.dispatch.copy()

    def __init__(self, file: io.BytesIO, named: dict[Global, Any] | None = None) -> None:
        super().__init__(file)
        self._file = file
        self.named: dict[Global, Any] = {} if named is None else named

    def find_class(self, module: str, name: str) -> Any:
        found = _modernize(module, name) if self.proto < _FIRST_OF_PYTHON_3 else Global(module, name)
        return self.named.setdefault(found, type(name, (_Inert,), {"named": found}))

    def get_extension(self, code: int) -> None:
        raise PickleUnreadable("it names classes by numbers of a registry (copyreg), which no other process has")

    def persistent_load(self, identifier: Any) -> Any:
        raise PickleUnreadable("it refers to what lies outside of it")

    def load_build(self) -> None:
        super().load_build()
        built = self.stack[-1]
        if isinstance(built, _Inert) and built.named and built.named.name == _ARRAY:
            self._pass_over_array(built.state)

    dispatch[pickle.BUILD[0]] = load_build

    def _pass_over_array(self, wrapper: dict[str, Any]) -> None:
        """Go on behind the array that follows what describes it."""
        dtype = wrapper["dtype"]
        if _has_objects(dtype):
            _Reader(self._file, self.named).load()
            return
        if wrapper.get("numpy_array_alignment_bytes") is not None:
            self._file.seek(self._file.read(1)[0], io.SEEK_CUR)
        self._file.seek(math.prod(map(_to_int, wrapper["shape"])) * _get_item_size(dtype), io.SEEK_CUR)


def _modernize(module: str, name: str) -> Global:
    """Return by which name this Python has what older protocols, by default, name as Python 2 did."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return Global(*_compat_pickle.NAME_MAPPING[module, name])
    return Global(_compat_pickle.IMPORT_MAPPING.get(module, module), name)


def _to_int(length: Any) -> int:
    """Return a length of an array, which may be an integer of numpy's: its bytes are what it was made of."""
    return length if isinstance(length, int) else int.from_bytes(bytes(length.arguments[1]), "little")


def _has_objects(dtype: Any) -> bool:
    state = dtype.state
    return dtype.arguments[0].startswith("O") or bool(len(state) > 7 and state[7] & _HAS_OBJECTS)


def _get_item_size(dtype: Any) -> int:
    n_bytes: int = np.dtype(dtype.arguments[0]).itemsize
    return n_bytes
