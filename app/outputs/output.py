"""Outputs: what every kind of answer brings with it. Each kind is a file beside this one."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from numpy.typing import NDArray

Answers = TypeVar("Answers")


class Output(Protocol[Answers]):
    """How the answers of a model are gathered, written down, described and compared with golden ones."""

    def gather(self, computed: tuple[NDArray[Any], ...], model_version: str) -> Answers:
        """Return the answers that an engine has computed, as arrays with a row for each instance."""

    def to_json(self, answers: Answers, n_features: int) -> list[dict[str, Any]]:
        """Return each of `answers` as the JSON object that `POST /predict` answers with."""

    def to_json_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the JSON Schema of such an object as `Prediction`, after those that it refers to."""

    def find_difference(self, answers: Answers, golden: Answers) -> str | None:
        """Return which part of `answers` is not as it is in `golden`, `None` where all is."""

    def measure_shares(self, answers: NDArray[Any]) -> list[float]:
        """Return how often each answer is given, of those that can be counted."""
