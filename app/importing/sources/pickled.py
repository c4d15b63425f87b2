"""Models in a file by joblib, pickle or cloudpickle, compressed or not. Such a file is a program, and is run."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
from sklearn.exceptions import InconsistentVersionWarning

from app.artifacts.errors import NotPublishable
from app.artifacts.pickled import PickleUnreadable, list_globals
from app.importing.sources.source import LoadedModel, SourceOptions
from app.publishing.own_code import own_code_of

# By the bytes that a file begins with.
_DECOMPRESSORS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ": lzma.decompress,
    b"\x5d\x00": lzma.decompress,
    b"\x78": zlib.decompress,
}


def load_pickled(path: Path, options: SourceOptions) -> LoadedModel:
    """Return the model in a file by joblib or pickle. Raises `NotPublishable`.

    Nothing of the file is run before each class and function that it names is known to be there when it is served.
    """
    content = _read(path)
    try:
        named = list_globals(content)
    except PickleUnreadable as error:
        raise NotPublishable(f"{path} is no model by joblib or pickle: {error}.") from error
    with own_code_of(named, options.code, str(path)):
        return LoadedModel(_unpickle(content, path))


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    decompress = next((each for start, each in _DECOMPRESSORS.items() if content.startswith(start)), None)
    try:
        return decompress(content) if decompress else content
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise NotPublishable(f"{path} cannot be decompressed: {error}.") from error


def _unpickle(content: bytes, path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            return joblib.load(io.BytesIO(content))
    except InconsistentVersionWarning as warning:
        raise NotPublishable(
            f"{path} was pickled by scikit-learn {warning.original_sklearn_version}, and this is "
            f"{warning.current_sklearn_version}, which may answer otherwise: pickle it again with "
            f"{warning.current_sklearn_version}, or save it with skops."
        ) from warning
    except Exception as error:  # an unpickler can raise anything
        raise NotPublishable(f"{path} cannot be unpickled ({type(error).__name__}: {error}).") from error
