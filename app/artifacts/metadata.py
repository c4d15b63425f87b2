"""Metadata: what an artifact says about itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from app.artifacts.manifest import FileDigest, check_keys, parse_manifest
from app.columns.distributions import FeatureDistributions, TrainingDistributions, parse_shares

# What versions of earlier releases do not have.
_ADDED_KEYS = frozenset({"feature_distributions", "prediction_shares"})


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

    @property
    def column_kinds(self) -> dict[str, str]:
        """The kind of each feature's values, in the model's order. No version names any: all are numbers."""
        return dict.fromkeys(self.feature_names, "number")

    @property
    def task(self) -> str:
        """What kind of answers the model gives. No version says so: all are classifiers."""
        return "classification"

    def to_json(self) -> dict[str, Any]:
        """Return the metadata as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Any) -> Metadata:
        """Return the metadata that `document` holds. Raises `ValueError` where it is not of the format."""
        check_keys(document, {each.name for each in fields(cls)}, optional=_ADDED_KEYS)
        files = parse_manifest(document["files"])
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
