"""What the answers of a version in the log stand for, so that they can be compared with what was right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.artifacts import Metadata
from app.prediction_log.labels import Truth
from app.prediction_log.record import PredictionRecord

Classes = Sequence[tuple[Any, int]]
"""Each class of a target with its label."""


class NotComparable(Exception):
    """The answers of a version cannot be compared with what was right; the message says why."""


@dataclass(frozen=True)
class AnswerFacts:
    """What the answers of one version are.

    targets : the names of what is predicted, `None` for what has no name; classes : those of each target, `None` where
    numbers are predicted.
    """

    targets: Sequence[str | None]
    classes: Sequence[Classes] | None

    @property
    def are_numbers(self) -> bool:
        """Whether numbers are predicted, and not classes."""
        return self.classes is None

    def find_place(self, target: str | None) -> int | None:
        """Return which target is meant, the only one by no name; `None` where there is no such target."""
        if target is None:
            return 0 if len(self.targets) == 1 else None
        return self.targets.index(target) if target in self.targets else None

    def find_answer(self, truth: Truth, column: str, place: int) -> float | None:
        """Return the number or the label that was right for a target; `None` for what is none of its classes."""
        if self.classes is None:
            return float(truth)
        for known, label in self.classes[place]:
            if label == truth if column == "label" else _is_class(known, str(truth)):
                return label
        return None


def describe_answers(record: PredictionRecord, metadata: Metadata | None, column: str) -> AnswerFacts:
    """Return what the answers of the version of `record` are; `metadata` is `None` where it is not published any more.

    `column` is how it is told what was right. Raises `NotComparable`.
    """
    if metadata is None:
        return _infer(record, column)
    if metadata.task == "cluster":
        raise NotComparable("the answers of a clusterer are neither right nor wrong")
    if metadata.task == "regression":
        return AnswerFacts(metadata.targets, None)
    if metadata.task == "outlier":
        return AnswerFacts([None], [[("outlier", -1), ("inlier", 1)]])
    if metadata.task == "multilabel":
        return AnswerFacts(metadata.targets, [_number([0, 1])] * len(metadata.targets))
    if metadata.task == "multioutput":
        return AnswerFacts(metadata.targets, [_number(classes) for classes in metadata.classes])
    return AnswerFacts([None], [_number(metadata.classes)])


def _infer(record: PredictionRecord, column: str) -> AnswerFacts:
    """Return what can be seen in the arrays of a record themselves: how many classes there are, and no names."""
    answers = record.answers
    if "values" in answers and record.values.ndim == 2 and record.values.shape[1] == 1:
        return AnswerFacts([None], None)
    evidence = next((answers[name] for name in ("probabilities", "scores") if name in answers), None)
    is_classifier = "labels" in answers and record.labels.ndim == 1 and evidence is not None and evidence.ndim == 2
    if evidence is None or not is_classifier or column == "class":
        raise NotComparable("it is published here no longer, so what its answers are called is not known")
    return AnswerFacts([None], [_number(range(evidence.shape[1]))])


def _number(classes: Iterable[Any]) -> Classes:
    return [(each, index) for index, each in enumerate(classes)]


def _is_class(known: Any, text: str) -> bool:
    if isinstance(known, bool):
        return text.lower() == str(known).lower()
    if isinstance(known, str):
        return text == known
    try:
        return bool(float(text) == known)
    except ValueError:
        return False
