"""Metadata: what an artifact says about itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts.manifest import FileDigest, check_keys, parse_manifest
from app.columns.column import Column
from app.columns.distributions import FeatureDistributions, check_shares, parse_numbers
from app.columns.kinds import parse_column
from app.columns.number import NumberColumn
from app.columns.text import is_encodable
from app.outputs.kinds import TASKS, build_output
from app.outputs.output import Output

# What versions of earlier releases do not have.
_ADDED_KEYS = frozenset(
    {
        "feature_distributions", "prediction_shares", "columns", "container", "task", "targets", "answers", "threshold",
        "prediction_deciles",
    }
)  # fmt: skip
_CONTAINERS = frozenset({"array", "frame", "texts"})


@dataclass(frozen=True)
class TrainingDistributions:
    """How the features were distributed in training, and the share of each part of each target, one after the other."""

    features: FeatureDistributions
    prediction_shares: NDArray[np.float64]


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
    """How often each class is predicted for the training instances; empty as well.

    Of numbers, it is the share of each decile; of several targets, one after the other.
    """
    columns: list[dict[str, Any]] = field(default_factory=list)
    """The kind of each feature, in the model's order; empty as well, and then all are numbers."""
    container: str = "array"
    """What the estimator was trained on: `array`, `frame` (of pandas) or `texts` (a list of them)."""
    task: str = "classification"
    """What kind of answers the model gives."""
    targets: list[str] = field(default_factory=list)
    """The names of what is predicted, where that has names."""
    answers: list[str] = field(default_factory=lambda: ["labels", "probabilities"])
    """The arrays that the model computes, the answer itself first."""
    threshold: float | None = None
    """What the probability of the second class must reach, where that is not one half."""
    prediction_deciles: list[list[float]] = field(default_factory=list)
    """The deciles of the numbers that are predicted for the training instances, by target."""
    files: dict[str, FileDigest] = field(default_factory=dict)

    @property
    def names_class(self) -> bool:
        """Whether an answer holds the class itself beside its index, which was not so in earlier releases."""
        return bool(self.columns)

    def parse_columns(self) -> list[Column]:
        """Return the columns, in the model's order. Raises `ValueError` where they are not of the format."""
        if not self.columns:
            return [NumberColumn(name) for name in self.feature_names]
        columns = [parse_column(document) for document in self.columns]
        if [column.name for column in columns] != self.feature_names:
            raise ValueError("'columns' and 'feature_names' must name the same features")
        return columns

    def build_output(self) -> Output:
        """Return how the answers are written down."""
        return build_output(self)

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
        for name in ("classes", "columns"):
            if not isinstance(document.get(name, []), list):
                raise ValueError(f"{name!r} must be a list")
        for name in ("library_versions", "feature_ranges", "metrics", "feature_distributions"):
            if not isinstance(document.get(name, {}), dict):
                raise ValueError(f"{name!r} must be an object")
        if not _is_printable(document["estimator"]):
            raise ValueError("'estimator' must be a text")
        if not all(_is_printable(text) for text in document["library_versions"].values()):
            raise ValueError("'library_versions' must be texts")
        metadata = cls(**{**document, "files": files})
        metadata._check_answers()
        metadata.parse_distributions()
        return metadata

    def parse_distributions(self) -> TrainingDistributions | None:
        """Return the distributions in training, or `None` where there are none. Raises `ValueError`."""
        columns = self.parse_columns()
        if not self.feature_distributions and self.prediction_shares == []:
            return None
        features = FeatureDistributions.from_json(self.feature_distributions, columns, self.feature_ranges)
        n_parts = [len(target.parts) for target in self.build_output().targets]
        shares = parse_numbers(self.prediction_shares, sum(n_parts))
        for of_target in np.split(shares, np.cumsum(n_parts)[:-1]):
            check_shares(of_target)
        return TrainingDistributions(features, shares)

    def _check_answers(self) -> None:
        """Raise `ValueError` for answers that no model gives."""
        if self.task not in TASKS or self.container not in _CONTAINERS:
            raise ValueError(f"'task' must be one of {', '.join(TASKS)}, and 'container' array, frame or texts")
        if self.task == "classification" and len(self.classes) < 2:
            raise ValueError("'classes' must be a list of at least two classes")
        if self.task in {"regression", "multilabel", "multioutput"} and not _is_list_of_names(self.targets):
            raise ValueError("'targets' must be a list of distinct names")
        try:
            arrays = self.build_output().arrays
        except (TypeError, LookupError) as error:
            raise ValueError("the answers are not described") from error
        if self.answers != list(arrays):
            raise ValueError(f"'answers' must be {', '.join(arrays)}")


def _is_printable(text: Any) -> bool:
    return isinstance(text, str) and text.isprintable()


def _is_list_of_names(names: Any) -> bool:
    return (
        isinstance(names, list)
        and bool(names)
        and all(isinstance(name, str) and is_encodable(name) for name in names)
        and len(set(names)) == len(names)
    )
