"""Kinds of answers, by the task of the model. A new kind is a file in this package and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from app.outputs.classes import ClassOutput
from app.outputs.clusters import ClusterOutput
from app.outputs.labels import MultilabelOutput, MultioutputOutput
from app.outputs.outliers import OutlierOutput
from app.outputs.output import Output
from app.outputs.values import ValueOutput


class OutputFacts(Protocol):
    """What metadata say of the answers."""

    @property
    def task(self) -> str:
        """What kind of answers the model gives."""

    @property
    def classes(self) -> list[Any]:
        """By class index; of several targets, a list for each."""

    @property
    def targets(self) -> list[str]:
        """The names of what is predicted."""

    @property
    def answers(self) -> list[str]:
        """The names of the arrays that the model computes."""

    @property
    def threshold(self) -> float | None:
        """What the probability of the second class must reach, where that is not one half."""

    @property
    def prediction_deciles(self) -> list[list[float]]:
        """The deciles of the values predicted for the training rows, by target."""

    @property
    def names_class(self) -> bool:
        """Whether an answer holds the class itself beside its index."""


def _build_classes(facts: OutputFacts) -> Output:
    evidence = next((name for name in facts.answers if name != "labels"), None)
    return ClassOutput(facts.classes, evidence, facts.names_class, facts.threshold)


_OUTPUTS: dict[str, Callable[[OutputFacts], Output]] = {
    "classification": _build_classes,
    "regression": lambda facts: ValueOutput(facts.targets, facts.prediction_deciles),
    "multilabel": lambda facts: MultilabelOutput(facts.targets, "probabilities" in facts.answers),
    "multioutput": lambda facts: MultioutputOutput(facts.targets, facts.classes, "probabilities" in facts.answers),
    "outlier": lambda facts: OutlierOutput("scores" in facts.answers),
    "cluster": lambda facts: ClusterOutput(len(facts.classes)),
}
TASKS = tuple(_OUTPUTS)


def build_output(facts: OutputFacts) -> Output:
    """Return how the answers of a model are written down. Raises `KeyError` for a task that there is not."""
    return _OUTPUTS[facts.task](facts)
