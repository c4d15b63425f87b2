from __future__ import annotations

import gc
import io
import mmap
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pytest
from joblib.numpy_pickle import NumpyArrayWrapper

from app.artifacts import unpickling
from app.artifacts.unpickling import MIN_ARRAY_BYTES, unpickle
from tests.support.shared_content import share

N = MIN_ARRAY_BYTES // 8
RECORDS = np.dtype([("feature", "i4"), ("threshold", "f8")], align=True)
IN_PLACE = {
    "just large enough": np.arange(N) / 7,
    "rows": np.arange(N * 6.0).reshape(N, 6),
    "columns": np.asfortranarray(np.arange(N * 6.0).reshape(N, 6)),
    "three axes": np.asfortranarray(np.arange(N * 6).reshape(N, 2, 3)),
    "bytes": np.arange(MIN_ARRAY_BYTES, dtype=np.uint8),
    "booleans": np.arange(MIN_ARRAY_BYTES) % 3 == 0,
    "complex": np.arange(N) * 1j,
    "texts": np.array([f"word {number}" for number in range(N)]),
    "records": np.zeros(N, RECORDS),
}
COPIED = {
    "small": np.arange(N - 1) / 7,
    "one number": np.array(2.5),
    "empty": np.zeros((0, 5)),
    "objects": np.array(["a", 1, None] * N, dtype=object),
    "foreign bytes": np.arange(N * 2, dtype=">f8"),
}


def pack(content: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(content, buffer, **options)
    return buffer.getvalue()


def lies_in(array: Any, memory: mmap.mmap) -> bool:
    return bool(np.shares_memory(array, np.frombuffer(memory, np.uint8)))


def check_same(array: Any, expected: Any) -> None:
    assert type(array) is np.ndarray
    assert array.dtype == expected.dtype.newbyteorder("=")
    assert array.size == 0 or array.strides == expected.strides
    assert array.flags.aligned and array.flags.writeable
    assert np.array_equal(array, expected)


@pytest.mark.parametrize("expected", IN_PLACE.values(), ids=IN_PLACE)
def test_large_arrays_stay_where_they_are(monkeypatch: pytest.MonkeyPatch, expected: Any) -> None:
    memory = share(monkeypatch, pack(["before", expected, "behind", expected[:3]]))
    before, array, behind, small = unpickle(memory)
    assert (before, behind) == ("before", "behind")
    assert lies_in(array, memory)
    check_same(array, expected)
    assert np.array_equal(small, expected[:3])


@pytest.mark.parametrize("expected", COPIED.values(), ids=COPIED)
def test_arrays_that_cannot_stay_or_are_small_are_copied(monkeypatch: pytest.MonkeyPatch, expected: Any) -> None:
    memory = share(monkeypatch, pack([expected, "behind"]))
    array, behind = unpickle(memory)
    assert behind == "behind"
    assert not lies_in(array, memory)
    check_same(array, expected)


@pytest.mark.parametrize("n_before", range(8))
def test_arrays_of_old_releases_stay_only_where_they_are_aligned(
    monkeypatch: pytest.MonkeyPatch, n_before: int
) -> None:
    # Before joblib 1.2 an array began wherever the bytes before it ended.
    monkeypatch.setattr(NumpyArrayWrapper, "safe_get_numpy_array_alignment_bytes", lambda self: None)
    expected = np.arange(N) / 7
    memory = share(monkeypatch, pack(["x" * n_before, expected, "behind"]))
    _, array, behind = unpickle(memory)
    assert behind == "behind"
    check_same(array, expected)
    assert lies_in(array, memory) == (memory.find(expected.tobytes(), 0) % 8 == 0)


@pytest.mark.parametrize(
    "write",
    [
        pickle.dumps,
        lambda content: pickle.dumps(content, protocol=0),
        lambda content: pickle.dumps(content, protocol=2),
        lambda content: pickle.dumps(content, protocol=5),
        lambda content: pack(content, compress=3),
        lambda content: pack(content, compress=("xz", 1)),
        lambda content: pack(content, protocol=2),
    ],
)
def test_reads_every_other_kind_of_pickle(monkeypatch: pytest.MonkeyPatch, write: Callable[[Any], bytes]) -> None:
    content: dict[str, Any] = {"rows": np.arange(N * 2) / 7, "names": ["a"], "bytes": bytearray(b"abc")}
    read = unpickle(share(monkeypatch, write(content)))
    assert np.array_equal(read.pop("rows"), content["rows"])
    assert read == {"names": ["a"], "bytes": bytearray(b"abc")}


def test_reads_from_the_beginning_however_often(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = share(monkeypatch, pack(np.arange(N)))
    assert np.array_equal(unpickle(memory), unpickle(memory))


@pytest.mark.parametrize("keep", [2, 50, -1, -MIN_ARRAY_BYTES])
def test_a_pickle_that_is_cut_off_is_no_pickle(monkeypatch: pytest.MonkeyPatch, keep: int) -> None:
    content = pack([np.arange(N * 2)])[:keep]
    with pytest.raises((EOFError, ValueError, pickle.UnpicklingError)) as in_bytes:
        joblib.load(io.BytesIO(content))
    with pytest.raises(in_bytes.type):
        unpickle(share(monkeypatch, content))


def test_memory_is_released_with_the_last_array(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = share(monkeypatch, pack(np.arange(N)))
    array = unpickle(memory)
    is_held = weakref.ref(memory)
    del memory
    gc.collect()
    assert is_held() is not None and np.array_equal(array, np.arange(N))
    del array
    gc.collect()
    assert is_held() is None


def test_bytes_are_left_to_joblib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpickling, "_Unpickler", None)
    array = unpickle(pack(np.arange(N)))
    assert np.array_equal(array, np.arange(N))
