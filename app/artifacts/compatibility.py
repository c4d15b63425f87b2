"""Compatibility: whether the scikit-learn that made an artifact is the one that would serve it.

Other releases may unpickle an estimator and answer otherwise, and scikit-learn says no more than a warning.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.artifacts.errors import ArtifactError, VersionMismatch
from app.artifacts.metadata import Metadata

_LIBRARY = "scikit-learn"

_logger = logging.getLogger(__name__)


def import_sklearn() -> Any:
    """Return scikit-learn, imported where something needs it: that takes most of a second.

    It imports pandas wherever that is installed, and does nothing with it: a quarter of a second and 30 MiB of each
    process. So it is kept from finding pandas here, which whatever does need it imports for itself afterwards.
    """
    if not {"sklearn", "pandas"} & sys.modules.keys():
        sys.modules["pandas"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("sklearn.utils.fixes")
        finally:
            del sys.modules["pandas"]
    return importlib.import_module("sklearn")


def find_mismatch(metadata: Metadata) -> VersionMismatch | None:
    """Return how the releases that made the artifact and that would serve it differ, `None` where they do not."""
    sklearn = import_sklearn()
    trained_with = metadata.library_versions.get(_LIBRARY, "of an unknown release")
    if trained_with == sklearn.__version__:
        return None
    return VersionMismatch(metadata.version, trained_with, sklearn.__version__)


def check_installation() -> None:
    """Raise `ArtifactError` where another scikit-learn has been installed than the one that this process runs.

    What an artifact needs and is not imported yet would come from the new one, and mix with the old.
    """
    sklearn = import_sklearn()
    installed = importlib.metadata.version(_LIBRARY)
    if installed != sklearn.__version__:
        raise ArtifactError(
            f"This process runs scikit-learn {sklearn.__version__}, but {installed} has been installed meanwhile. "
            "Start it anew to change the model."
        )


@contextmanager
def watch_unpickling(version: str, allow_version_mismatch: bool) -> Iterator[None]:
    """Make scikit-learn's warning of another release count: as `VersionMismatch`, or in the log where it is allowed."""
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings(record=allow_version_mismatch) as caught:
        warnings.simplefilter("always" if allow_version_mismatch else "error", InconsistentVersionWarning)
        try:
            yield
        except InconsistentVersionWarning as warning:
            raise VersionMismatch(
                version, warning.original_sklearn_version, warning.current_sklearn_version
            ) from warning
    mismatches = []
    for each in caught or ():
        if isinstance(each.message, InconsistentVersionWarning):
            mismatches.append(each.message)
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if mismatches:
        _logger.warning(
            "Estimators of artifact %s were pickled by scikit-learn %s; this is %s.",
            version,
            mismatches[0].original_sklearn_version,
            mismatches[0].current_sklearn_version,
        )
