"""The answers that a deployed service has to give: each function raises `SmokeFailed`, which says what came instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.artifacts import Artifact
from app.commands.smoke.answer import Answer, quote

_DECIMALS = 6
# One unit of the last decimal, and what floating point adds: another processor may round the other way.
_TOLERANCE = 1e-6 + 1e-9


class SmokeFailed(Exception):
    """The service is not what was to be deployed. The message says in one sentence what is wrong."""


@dataclass(frozen=True)
class Expectation:
    """The version that has to be served, and rows of input with the answers that it gives for them.

    instances : a list of the features of each row; labels : the class index of each row; probabilities : a list of
    the probability of each class for each row, not rounded.
    """

    model_version: str
    instances: list[list[float]]
    labels: list[int]
    probabilities: list[list[float]]

    @classmethod
    def from_artifact(cls, artifact: Artifact) -> Expectation:
        """Return what a service answers that serves `artifact`."""
        return cls(artifact.metadata.version, **artifact.golden.to_json())


def expect_object(answer: Answer, status: int, media_type: str = "application/json") -> dict[str, Any]:
    """Return the JSON object that is answered with `status`."""
    if answer.status != status:
        raise SmokeFailed(f"{answer.request} should be answered {status}, but was {answer.describe()}.")
    try:
        document = answer.parse_object()
    except ValueError as error:
        raise SmokeFailed(
            f"{answer.request} was answered {status}, but not with a JSON object: {answer.describe_body()}."
        ) from error
    if answer.media_type != media_type:
        raise SmokeFailed(f"{answer.request} was answered {status} with {answer.media_type}, not {media_type}.")
    return document


def expect_version(answer: Answer, version: Any, expectation: Expectation) -> None:
    """Check that `version`, which the answer names, is the expected one."""
    if version is None:
        raise SmokeFailed(f"{answer.request} does not say which model version answered: this is not the service.")
    if version != expectation.model_version:
        raise SmokeFailed(
            f"{answer.request} was answered by model version {quote(version)}, not {expectation.model_version}."
        )


def expect_prediction(answer: Answer, prediction: Any, expectation: Expectation, row: int) -> None:
    """Check that `prediction` is what the golden row `row` got in training."""
    where = f"{answer.request}, golden row {row + 1} of {len(expectation.labels)}"
    if not isinstance(prediction, dict):
        raise SmokeFailed(f"{where}: the prediction is not an object, but {quote(prediction)}.")
    expect_version(answer, prediction.get("model_version"), expectation)
    label, given = expectation.labels[row], prediction.get("label")
    if type(given) is not int or given != label:
        raise SmokeFailed(f"{where}: the label is {quote(given)}, not {label}.")
    _expect_probabilities(where, prediction.get("probabilities"), expectation.probabilities[row])


def _expect_probabilities(where: str, given: Any, probabilities: list[float]) -> None:
    expected = {f"class_{index}": round(value, _DECIMALS) for index, value in enumerate(probabilities)}
    if not isinstance(given, dict) or given.keys() != expected.keys():
        raise SmokeFailed(f"{where}: the probabilities are {quote(given)}, not of {', '.join(expected)}.")
    for name, probability in expected.items():
        if not _is_close(given[name], probability):
            raise SmokeFailed(f"{where}: the probability of {name} is {quote(given[name])}, not {probability}.")


def _is_close(given: Any, probability: float) -> bool:
    return type(given) in (int, float) and 0 <= given <= 1 and abs(given - probability) <= _TOLERANCE
