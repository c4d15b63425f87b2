"""The files of an artifact and what stands in them: metadata and golden rows, to and from JSON."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.distributions import FeatureDistributions, TrainingDistributions, parse_shares

PREPROCESSOR_FILE = "preprocessor.pkl"
MODEL_FILE = "model.pkl"
GOLDEN_FILE = "golden.json"
METADATA_FILE = "metadata.json"
SIGNATURE_FILE = "metadata.json.sig"
MANIFEST_FILES = frozenset({PREPROCESSOR_FILE, MODEL_FILE, GOLDEN_FILE})

# How far an answer may be from the golden one: other processors add up in another order.
_GOLDEN_TOLERANCE = 1e-9
# What versions of earlier releases do not have.
_ADDED_KEYS = frozenset({"feature_distributions", "prediction_shares"})
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class FileDigest:
    """The size in bytes and the SHA-256 of one file of an artifact."""

    size: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> FileDigest:
        """Return the digest of `content`."""
        return cls(size=len(content), sha256=hashlib.sha256(content).hexdigest())

    @classmethod
    def from_json(cls, document: Any, name: str) -> FileDigest:
        """Return the digest that the manifest gives for the file `name`. Raises `ValueError`."""
        _check_keys(document, {"size", "sha256"}, where=f"files/{name}")
        size, sha256 = document["size"], document["sha256"]
        if type(size) is not int or size < 0:
            raise ValueError(f"the size of {name!r} must be a whole number")
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise ValueError(f"the SHA-256 of {name!r} must be 64 hexadecimal digits, in lower case")
        return cls(size, sha256)


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
    feature_distributions: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """The training distribution of each feature; empty in versions that were published before there was any."""
    prediction_shares: list[float] = field(default_factory=list)
    """How often each class is predicted for the training instances; empty as well."""
    files: dict[str, FileDigest] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the metadata as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Any) -> Metadata:
        """Return the metadata that `document` holds. Raises `ValueError` where it is not of the format."""
        _check_keys(document, {each.name for each in fields(cls)}, optional=_ADDED_KEYS)
        files = _parse_manifest(document["files"])
        if not _is_list_of_names(document["feature_names"]):
            raise ValueError("'feature_names' must be a list of distinct names")
        if not isinstance(document["classes"], list) or len(document["classes"]) < 2:
            raise ValueError("'classes' must be a list of at least two classes")
        for name in ("library_versions", "feature_ranges", "metrics", "feature_distributions"):
            if not isinstance(document.get(name, {}), dict):
                raise ValueError(f"{name!r} must be an object")
        if not _is_printable(document["estimator"]):
            raise ValueError("'estimator' must be a text")
        if not all(_is_printable(text) for text in document["library_versions"].values()):
            raise ValueError("'library_versions' must be texts")
        metadata = cls(**{**document, "files": files})
        metadata.parse_distributions()
        return metadata

    def parse_distributions(self) -> TrainingDistributions | None:
        """Return the distributions in training, or `None` where there are none. Raises `ValueError`."""
        if not self.feature_distributions and self.prediction_shares == []:
            return None
        features = FeatureDistributions.from_json(self.feature_distributions, self.feature_names, self.feature_ranges)
        return TrainingDistributions(features, parse_shares(self.prediction_shares, len(self.classes)))


@dataclass(frozen=True)
class Golden:
    """Rows of real input with the answers that the trained estimator gave for them.

    instances : shape (n_instances, n_features); labels : class indices, shape (n_instances,);
    probabilities : shape (n_instances, n_classes).
    """

    instances: NDArray[np.float64]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def matches(self, probabilities: NDArray[np.float64]) -> bool:
        """Return whether these are the probabilities of the golden rows, as far as floating point can tell."""
        has_shape = probabilities.shape == self.probabilities.shape
        return has_shape and np.allclose(probabilities, self.probabilities, rtol=0, atol=_GOLDEN_TOLERANCE)

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


def _parse_manifest(files: Any) -> dict[str, FileDigest]:
    """Return the digests of just the files that an artifact has. Raises `ValueError`."""
    if not isinstance(files, dict):
        raise ValueError("'files' must be an object")
    for name in files:
        if name in {".", ".."} or "/" in name or "\0" in name:
            raise ValueError(f"the manifest names {name!r}, which is a path, not the name of a file")
    if unknown := files.keys() - MANIFEST_FILES:
        raise ValueError(f"the manifest names {_quote(unknown)}, which no artifact has")
    if missing := MANIFEST_FILES - files.keys():
        raise ValueError(f"the manifest does not name {_quote(missing)}")
    return {name: FileDigest.from_json(digest, name) for name, digest in files.items()}


def _quote(names: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(names)))


def _check_keys(document: Any, keys: set[str], where: str = "", optional: frozenset[str] = frozenset()) -> None:
    place = f" in {where!r}" if where else ""
    if not isinstance(document, dict):
        raise ValueError(f"an object was expected{place}")
    if missing := keys - optional - document.keys():
        raise ValueError(f"missing{place}: {', '.join(sorted(missing))}")
    if unknown := document.keys() - keys:
        raise ValueError(f"unknown{place}: {', '.join(sorted(unknown))}")


def _is_printable(text: Any) -> bool:
    return isinstance(text, str) and text.isprintable()


def _is_encodable(text: str) -> bool:
    """Return whether `text` can be written down; half of a surrogate pair, which JSON may hold, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_list_of_names(names: Any) -> bool:
    return (
        isinstance(names, list)
        and bool(names)
        and all(isinstance(name, str) and _is_encodable(name) for name in names)
        and len(set(names)) == len(names)
    )
