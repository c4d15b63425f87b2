"""The files of an artifact and what stands in them: metadata and golden rows, to and from JSON."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

PREPROCESSOR_FILE = "preprocessor.pkl"
MODEL_FILE = "model.pkl"
GOLDEN_FILE = "golden.json"
METADATA_FILE = "metadata.json"
MANIFEST_FILES = frozenset({PREPROCESSOR_FILE, MODEL_FILE, GOLDEN_FILE})


@dataclass(frozen=True)
class FileDigest:
    """The size in bytes and the SHA-256 of one file of an artifact."""

    size: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> FileDigest:
        """Return the digest of `content`."""
        return cls(size=len(content), sha256=hashlib.sha256(content).hexdigest())


@dataclass(frozen=True)
class Metadata:
    """What an artifact says about itself; `metadata.json` holds just these keys."""

    version: str
    created_at: str
    git_commit: str | None
    dataset: str
    feature_names: list[str]
    classes: list[Any]
    preprocessor: str
    estimator: str
    hyperparameters: dict[str, Any]
    sample_counts: dict[str, int]
    metrics: dict[str, dict[str, float]]
    feature_ranges: dict[str, dict[str, float]]
    library_versions: dict[str, str]
    files: dict[str, FileDigest] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the metadata as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Any) -> Metadata:
        """Return the metadata that `document` holds. Raises `ValueError` where it is not of the format."""
        _check_keys(document, {each.name for each in fields(cls)})
        files = document["files"]
        if not isinstance(files, dict):
            raise ValueError("'files' must be an object")
        for name, digest in files.items():
            _check_keys(digest, {"size", "sha256"}, where=f"files/{name}")
        if not _is_list_of_names(document["feature_names"]):
            raise ValueError("'feature_names' must be a list of distinct names")
        if not isinstance(document["classes"], list) or len(document["classes"]) < 2:
            raise ValueError("'classes' must be a list of at least two classes")
        return cls(**{**document, "files": {name: FileDigest(**digest) for name, digest in files.items()}})


@dataclass(frozen=True)
class Golden:
    """Rows of real input with the answers that the trained estimator gave for them.

    instances : shape (n_instances, n_features); labels : class indices, shape (n_instances,);
    probabilities : shape (n_instances, n_classes).
    """

    instances: NDArray[np.float64]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def to_json(self) -> dict[str, Any]:
        """Return the rows and answers as JSON-ready values that read back bit for bit."""
        return {
            "instances": self.instances.tolist(),
            "labels": self.labels.tolist(),
            "probabilities": self.probabilities.tolist(),
        }

    @classmethod
    def from_json(cls, document: Any) -> Golden:
        """Return the golden rows that `document` holds. Raises `ValueError` where it is not of the format."""
        _check_keys(document, {"instances", "labels", "probabilities"})
        try:
            golden = cls(
                instances=np.array(document["instances"], dtype=np.float64),
                labels=np.array(document["labels"], dtype=np.int64),
                probabilities=np.array(document["probabilities"], dtype=np.float64),
            )
        except (TypeError, OverflowError) as error:
            raise ValueError(str(error)) from error
        are_tables = (golden.instances.ndim, golden.labels.ndim, golden.probabilities.ndim) == (2, 1, 2)
        if not are_tables or not len(golden.instances) == len(golden.labels) == len(golden.probabilities):
            raise ValueError("instances, labels and probabilities must be tables of equal length")
        return golden


def _check_keys(document: Any, keys: set[str], where: str = "") -> None:
    place = f" in {where!r}" if where else ""
    if not isinstance(document, dict):
        raise ValueError(f"an object was expected{place}")
    if missing := keys - document.keys():
        raise ValueError(f"missing{place}: {', '.join(sorted(missing))}")
    if unknown := document.keys() - keys:
        raise ValueError(f"unknown{place}: {', '.join(sorted(unknown))}")


def _is_list_of_names(names: Any) -> bool:
    return (
        isinstance(names, list)
        and bool(names)
        and all(isinstance(name, str) for name in names)
        and len(set(names)) == len(names)
    )
