"""How often predictions were right, as labels that became known later tell."""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from app.prediction_log.labels import Labels
from app.prediction_log.record import PredictionRecord

# The standard normal distribution has 95 % of its weight within so many deviations.
_Z = 1.959963984540054

# A version, how many classes it knows, and the label of each instance.
_Answer = tuple[str, int, tuple[int, ...]]


@dataclass
class VersionAccuracy:
    """What is known of the predictions of one version."""

    version: str
    n_predictions: int
    n_labelled: int = 0
    n_correct: int = 0

    @property
    def accuracy(self) -> float | None:
        """The share of the labelled predictions that were right; `None` where none is labelled."""
        return self.n_correct / self.n_labelled if self.n_labelled else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the accuracy (E. B. Wilson, 1927); `None` where none is labelled."""
        n = self.n_labelled
        if not n:
            return None
        share = self.n_correct / n
        centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        margin = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        return max(centre - margin, 0.0), min(centre + margin, 1.0)


@dataclass(frozen=True)
class AccuracyReport:
    """The accuracy of each version, by its name, and which labels could not be used."""

    versions: list[VersionAccuracy]
    n_labels_without_prediction: int
    n_labels_without_class: int
    n_ambiguous_requests: int


@dataclass
class _Tally:
    """Counts the predictions of a version in 12 bytes a request: a digest tells a retry, so that it counts once."""

    digests: array[int] = field(default_factory=lambda: array("Q"))
    lengths: array[int] = field(default_factory=lambda: array("I"))

    def add(self, record: PredictionRecord) -> None:
        key = record.request_id.encode() + b"\n" + record.labels.tobytes()
        digest = hashlib.blake2b(key, digest_size=8).digest()
        self.digests.append(int.from_bytes(digest, "little"))
        self.lengths.append(len(record))

    def count(self) -> int:
        _, places = np.unique(np.asarray(self.digests), return_index=True)
        return int(np.asarray(self.lengths)[places].sum())


def measure_accuracy(records: Iterable[PredictionRecord], labels: Labels) -> AccuracyReport:
    """Return how often `records` were right. A retry, of the same request id, version and labels, counts once.

    A request id with answers of different labels or versions is ambiguous, and none of them is compared.
    """
    tallies: dict[str, _Tally] = {}
    answers: dict[str, _Answer | None] = {}
    for record in records:
        tallies.setdefault(record.model_version, _Tally()).add(record)
        if record.request_id in labels:
            answer = (record.model_version, record.probabilities.shape[1], tuple(record.labels.tolist()))
            if answers.setdefault(record.request_id, answer) != answer:
                answers[record.request_id] = None
    versions = {version: VersionAccuracy(version, tally.count()) for version, tally in sorted(tallies.items())}
    n_unmatched = sum(len(labels[request_id]) for request_id in labels.keys() - answers.keys())
    n_unknown = 0
    for request_id, known in answers.items():
        if known is not None:
            missed, unknown = _compare(labels[request_id], known, versions[known[0]])
            n_unmatched += missed
            n_unknown += unknown
    n_ambiguous = sum(answer is None for answer in answers.values())
    return AccuracyReport(list(versions.values()), n_unmatched, n_unknown, n_ambiguous)


def _compare(labels: dict[int, int], answer: _Answer, version: VersionAccuracy) -> tuple[int, int]:
    """Count what `labels` say of one answer; return how many are of no instance in it, and how many of no class."""
    _, n_classes, predicted = answer
    matched = {instance: label for instance, label in labels.items() if instance < len(predicted)}
    known = {instance: label for instance, label in matched.items() if label < n_classes}
    version.n_labelled += len(known)
    version.n_correct += sum(predicted[instance] == label for instance, label in known.items())
    return len(labels) - len(matched), len(matched) - len(known)
