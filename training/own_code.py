"""Code of one's own: a pipeline whose classes are those of the files that the version brings along."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import joblib

from app.artifacts.code import list_modules
from app.artifacts.errors import NotPublishable
from app.artifacts.pickled import list_globals
from app.publishing.own_code import PROGRAM, own_code_of

Code = Mapping[str, bytes]
"""Python files by their names in a version, as `read_code` returns them."""


def carry_along(pipeline: Any, code: Code) -> Any:
    """Return a pipeline, fitted or not, with its own classes taken from the modules of `code`, where there are any.

    It is a copy then. Raises `NotPublishable` where those modules do not have them, or it cannot be copied.
    """
    if not code:
        return pipeline
    content = io.BytesIO()
    try:
        joblib.dump(pipeline, content)
        with own_code_of(list_globals(content.getvalue()), code, "The pipeline"):
            return joblib.load(io.BytesIO(content.getvalue()))
    except NotPublishable:
        raise
    except Exception as error:  # whatever an object's own way to be pickled, or the code, raises
        raise NotPublishable(
            f"The pipeline cannot be pickled, or not be read with the files of --code ({type(error).__name__}: "
            f"{error}). What it keeps must be of classes and functions at the top of those files, as they are now."
        ) from error


def list_own_modules(code: Code) -> set[str]:
    """Return the names of the modules that the version brings along; one of them may stand for the script itself."""
    return list_modules(code) | {PROGRAM} if code else set()
