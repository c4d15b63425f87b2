"""The answers that a deployed service has to give: each function raises `SmokeFailed`, which says what came instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.artifacts import Artifact, Golden
from app.commands.smoke.answer import Answer, quote
from app.outputs.prediction import BatchPrediction

# One unit of the last decimal, and what floating point adds: another processor may round the other way.
_PROBABILITY_TOLERANCE = 1e-6 + 1e-9
# Of other numbers, by the largest of them: as far as the service itself lets its golden rows be off.
_RELATIVE_TOLERANCE = 1e-9
_SINGULARS = {"probabilities": "probability", "classes": "class"}


class SmokeFailed(Exception):
    """The service is not what was to be deployed. The message says in one sentence what is wrong."""


@dataclass(frozen=True)
class Expectation:
    """The version that has to be served, and rows of input with the answers that it gives for them.

    instances : a list of the features of each row; predictions : what is answered for each row, but for the version;
    tolerances : how far a number may be off, by the key under which it stands in a prediction.
    """

    model_version: str
    instances: list[list[Any]]
    predictions: list[dict[str, Any]]
    tolerances: Mapping[str, float]

    @classmethod
    def from_artifact(cls, artifact: Artifact) -> Expectation:
        """Return what a service answers that serves `artifact`."""
        metadata, golden = artifact.metadata, artifact.golden
        answers = BatchPrediction(golden.arrays, metadata.version)
        predictions = metadata.build_output().to_json(answers, len(metadata.feature_names))
        for prediction in predictions:
            del prediction["model_version"]
        return cls(metadata.version, golden.list_instances(), predictions, _find_tolerances(golden))


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
    where = f"{answer.request}, golden row {row + 1} of {len(expectation.predictions)}"
    if not isinstance(prediction, dict):
        raise SmokeFailed(f"{where}: the prediction is not an object, but {quote(prediction)}.")
    expect_version(answer, prediction.get("model_version"), expectation)
    for key, expected in expectation.predictions[row].items():
        _expect_value(where, [key], prediction.get(key), expected, expectation.tolerances.get(key, 0.0))


def _expect_value(where: str, path: Sequence[str], given: Any, expected: Any, tolerance: float) -> None:
    """Check what stands under the keys `path` of a prediction, and under all keys of an object."""
    if not isinstance(expected, dict):
        if not _is_close(given, expected, tolerance):
            raise SmokeFailed(f"{where}: the {_name(path)} is {quote(given)}, not {expected!r}.")
        return
    if not isinstance(given, dict) or given.keys() != expected.keys():
        names = ", ".join(expected)
        raise SmokeFailed(f"{where}: the {_name(path, is_one=False)} are {quote(given)}, not of {names}.")
    for key, value in expected.items():
        _expect_value(where, [*path, key], given[key], value, tolerance)


def _is_close(given: Any, expected: Any, tolerance: float) -> bool:
    if not isinstance(expected, float):
        return type(given) is type(expected) and bool(given == expected)
    try:
        return type(given) in (int, float) and abs(float(given) - expected) <= tolerance
    except OverflowError:
        return False


def _name(path: Sequence[str], is_one: bool = True) -> str:
    """Return what stands under the keys `path`: `labels` of `a` are the label of a."""
    key, *rest = path
    name = _SINGULARS.get(key, key.removesuffix("s") if rest else key) if is_one else key
    return f"{name} of {', '.join(rest)}" if rest else name


def _find_tolerances(golden: Golden) -> dict[str, float]:
    """Return how far the numbers of each array may be off, by the keys that they are answered under."""
    tolerances = {"probabilities": _PROBABILITY_TOLERANCE}
    for name in ("scores", "values"):
        if name in golden.arrays:
            largest = max(float(abs(golden.arrays[name]).max(initial=1.0)), 1.0)
            tolerances[name] = tolerances[name.removesuffix("s")] = _RELATIVE_TOLERANCE * largest
    return tolerances
