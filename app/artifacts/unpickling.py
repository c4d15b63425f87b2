"""Unpickling: files by joblib become objects, whose large arrays stay where the file lies in memory."""

from __future__ import annotations

import io
import math
import mmap
import pickle
from typing import Any

import joblib
import numpy as np

# joblib has no public way to read arrays in place but from a file on disk, with a descriptor for each array.
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler

from app.artifacts.content import Content

MIN_ARRAY_BYTES = 1024
"""A smaller array is cheaper copied than looked after."""


def unpickle(content: Content) -> Any:
    """Return the object that `joblib.dump` or pickle wrote. Runs the pickle's code, and raises whatever that does.

    Arrays lie in `content` itself where that is shared memory: what is written to them is written there, for this
    process alone.
    """
    # What is compressed, or of a form that only the oldest releases wrote, has other first bytes.
    if isinstance(content, bytes) or content[:1] != pickle.PROTO:
        return joblib.load(io.BytesIO(content))
    content.seek(0)
    return _Unpickler(content).load()


class _Unpickler(NumpyUnpickler):  # type: ignore[misc]  # joblib has no types
    """joblib's, which leaves arrays where they are."""

    def __init__(self, memory: mmap.mmap) -> None:
        super().__init__("", memory, ensure_native_byte_order=True)

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        return _ArrayInPlace if found is NumpyArrayWrapper else found


class _ArrayInPlace(NumpyArrayWrapper):  # type: ignore[misc]
    """What describes an array in a pickle of joblib's, and reads it."""

    def read_array(self, unpickler: _Unpickler, ensure_native_byte_order: bool) -> Any:
        """Return the array, which begins where the file stands, and go on behind it."""
        memory = unpickler.file_handle
        begin = memory.tell()
        array = self._find(memory, begin)
        if array is None:
            memory.seek(begin)
            return super().read_array(unpickler, ensure_native_byte_order)
        memory.seek(array.nbytes, io.SEEK_CUR)
        return array

    def _find(self, memory: mmap.mmap, begin: int) -> Any:
        """Return the array where it lies; `None` for one that cannot lie there, or is too small."""
        n_items = math.prod(map(int, self.shape))
        if self.dtype.hasobject or not self.dtype.isnative or n_items * self.dtype.itemsize < MIN_ARRAY_BYTES:
            return None
        if self.safe_get_numpy_array_alignment_bytes() is not None:
            memory.seek(memory.read_byte(), io.SEEK_CUR)
        array = np.frombuffer(memory, self.dtype, n_items, offset=memory.tell())
        array = array.reshape(self.shape[::-1]).T if self.order == "F" else array.reshape(self.shape)
        return array if array.flags.aligned else None
