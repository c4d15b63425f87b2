"""How good predictions were, as labels that became known later tell."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.artifacts import Metadata
from app.prediction_log.answers import AnswerFacts, NotComparable, describe_answers
from app.prediction_log.labels import Labels, Place, Truth
from app.prediction_log.quality import VersionAccuracy, VersionErrors, VersionQuality
from app.prediction_log.record import PredictionRecord
from app.prediction_log.tally import Tally

FindMetadata = Callable[[str], Metadata | None]

_Predictions = tuple[tuple[float, ...], ...]
"""What was predicted for each instance and target."""
_Answer = tuple[str, _Predictions]
"""A version, and what it predicted."""


class Unused(StrEnum):
    """Why something that became known could not be used."""

    NO_PREDICTION = "Labels without a prediction"
    NO_CLASS = "Labels that are no class of the version"
    NO_TARGET = "Labels of no target of the version"
    OTHER_KIND = "Labels of another kind than what was predicted"
    AMBIGUOUS = "Request ids with different answers, left out"


@dataclass
class AccuracyReport:
    """The quality of each version, by its name and target, and how many labels could not be used.

    left_out : the versions whose answers cannot be compared, each with the reason.
    """

    versions: list[VersionQuality]
    unused: Counter[Unused] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict)


def measure_accuracy(
    records: Iterable[PredictionRecord], labels: Labels, find_metadata: FindMetadata = lambda version: None
) -> AccuracyReport:
    """Return how good `records` were. A retry, of the same request id, version and answers, counts once.

    A request id with different answers or versions is ambiguous, and none of them is compared. `find_metadata` returns
    what a version says of itself, `None` for one that is published no longer.
    """
    comparison = _Comparison(labels, find_metadata)
    for record in records:
        comparison.add(record)
    return comparison.build_report()


class _Comparison:
    """Gathers the records: counts those of each version, and keeps the answers that labels are known for."""

    def __init__(self, labels: Labels, find_metadata: FindMetadata) -> None:
        self._labels = labels
        self._find_metadata = find_metadata
        self._tallies: dict[str, Tally] = {}
        self._facts: dict[str, AnswerFacts] = {}
        self._left_out: dict[str, str] = {}
        self._answers: dict[str, _Answer | None] = {}

    def add(self, record: PredictionRecord) -> None:
        version, predicted = record.model_version, _list_predicted(record)
        if version not in self._tallies:
            self._add_version(record)
        self._tallies[version].add(record.request_id, predicted)
        if record.request_id in self._labels.by_request:
            answer = (version, tuple(map(tuple, predicted.tolist())))
            if self._answers.setdefault(record.request_id, answer) != answer:
                self._answers[record.request_id] = None

    def build_report(self) -> AccuracyReport:
        qualities = {
            version: _build_qualities(version, self._tallies[version].count(), facts)
            for version, facts in sorted(self._facts.items())
        }
        unused: Counter[Unused] = Counter()
        for request_id, of_request in self._labels.by_request.items():
            if request_id not in self._answers:
                unused[Unused.NO_PREDICTION] += len(of_request)
            elif (answer := self._answers[request_id]) is None:
                unused[Unused.AMBIGUOUS] += 1
            elif answer[0] in qualities:
                unused.update(self._compare(of_request, answer, qualities[answer[0]]))
        return AccuracyReport(list(itertools.chain(*qualities.values())), unused, self._left_out)

    def _add_version(self, record: PredictionRecord) -> None:
        version = record.model_version
        self._tallies[version] = Tally()
        try:
            self._facts[version] = describe_answers(record, self._find_metadata(version), self._labels.column)
        except NotComparable as error:
            self._left_out[version] = str(error)

    def _compare(
        self, of_request: dict[Place, Truth], answer: _Answer, qualities: list[VersionQuality]
    ) -> Iterator[Unused]:
        """Count what is right of one answer in `qualities`; yield why a label cannot be used."""
        version, predictions = answer
        facts, column = self._facts[version], self._labels.column
        for (instance, target), truth in of_request.items():
            place = facts.find_place(target)
            if instance >= len(predictions):
                yield Unused.NO_PREDICTION
            elif facts.are_numbers != (column == "value"):
                yield Unused.OTHER_KIND
            elif place is None:
                yield Unused.NO_TARGET
            elif (right := facts.find_answer(truth, column, place)) is None:
                yield Unused.NO_CLASS
            else:
                qualities[place].add(predictions[instance][place], right)


def _list_predicted(record: PredictionRecord) -> NDArray[np.float64]:
    """Return the labels, or the values, of shape (n, n_targets)."""
    array = next(record.answers[name] for name in ("labels", "values") if name in record.answers)
    return array.reshape(len(array), -1).astype(np.float64)


def _build_qualities(version: str, n_predictions: int, facts: AnswerFacts) -> list[VersionQuality]:
    if facts.are_numbers:
        return [VersionErrors(version, n_predictions, target) for target in facts.targets]
    return [VersionAccuracy(version, n_predictions, target=target) for target in facts.targets]
