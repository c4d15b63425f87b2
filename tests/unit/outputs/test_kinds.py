"""What every kind of answer promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from app.outputs.classes import ClassOutput
from app.outputs.clusters import ClusterOutput
from app.outputs.kinds import TASKS, build_output
from app.outputs.labels import MultilabelOutput, MultioutputOutput
from app.outputs.outliers import OutlierOutput
from app.outputs.output import Output
from app.outputs.values import ValueOutput

NINE = [float(number) for number in range(9)]


@dataclass
class Facts:
    task: str
    classes: list[Any] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=lambda: ["labels"])
    threshold: float | None = None
    prediction_deciles: list[list[float]] = field(default_factory=list)
    names_class: bool = True


CASES: list[tuple[Facts, type[Output], dict[str, Any]]] = [
    (
        Facts("classification", ["no", "yes"], answers=["labels", "probabilities"]),
        ClassOutput,
        {"labels": [1], "probabilities": [[0.25, 0.75]]},
    ),
    (
        Facts("classification", [3, 4.5, True], answers=["labels", "scores"]),
        ClassOutput,
        {"labels": [2], "scores": [[-1.5, 0.0, 2.0]]},
    ),
    (Facts("classification", [False, True], threshold=0.3), ClassOutput, {"labels": [0]}),
    (
        Facts("regression", targets=["p"], answers=["values"], prediction_deciles=[NINE]),
        ValueOutput,
        {"values": [[1.5]]},
    ),
    (
        Facts("regression", targets=["p", "q"], answers=["values"], prediction_deciles=[NINE, NINE]),
        ValueOutput,
        {"values": [[1.5, -2.0]]},
    ),
    (
        Facts("multilabel", targets=["p", "q"], answers=["labels", "probabilities"]),
        MultilabelOutput,
        {"labels": [[0, 1]], "probabilities": [[0.25, 1.0]]},
    ),
    (Facts("multilabel", targets=["p", "q"]), MultilabelOutput, {"labels": [[0, 1]]}),
    (
        Facts("multioutput", [["a", "b"], [1, 2, 3]], ["p", "q"], ["labels", "probabilities"]),
        MultioutputOutput,
        {"labels": [[1, 2]], "probabilities": [[0.5, 0.5, 0.0, 0.0, 1.0]]},
    ),
    (Facts("multioutput", [["a", "b"], [1, 2, 3]], ["p", "q"]), MultioutputOutput, {"labels": [[1, 2]]}),
    (Facts("outlier", [-1, 1], answers=["labels", "scores"]), OutlierOutput, {"labels": [-1], "scores": [-0.5]}),
    (Facts("outlier", [-1, 1]), OutlierOutput, {"labels": [1]}),
    (Facts("cluster", [0, 1, 2]), ClusterOutput, {"labels": [2]}),
]


def name(value: Any) -> str:
    return f"{value.task}-{'-'.join(value.answers)}" if isinstance(value, Facts) else ""


def test_every_task_is_tried() -> None:
    assert {facts.task for facts, _, _ in CASES} == set(TASKS)


@pytest.mark.parametrize(("facts", "kind", "document"), CASES, ids=name)
def test_a_task_has_its_answers(facts: Facts, kind: type[Output], document: dict[str, Any]) -> None:
    output = build_output(facts)
    assert type(output) is kind
    assert list(output.arrays) == facts.answers == list(document)


@pytest.mark.parametrize(("facts", "kind", "document"), CASES, ids=name)
def test_what_is_written_down_is_what_is_described(facts: Facts, kind: type[Output], document: dict[str, Any]) -> None:
    output = build_output(facts)
    answers = output.gather(output.parse_arrays(document), "v1")
    schemas = output.to_json_schemas()
    schema = {**schemas["Prediction"], "components": {"schemas": schemas}}
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    (written,) = output.to_json(answers, 4)
    assert list(validator.iter_errors(written)) == []
    for key in written:
        assert not validator.is_valid({other: value for other, value in written.items() if other != key})
    assert not validator.is_valid({**written, "more": 1})


@pytest.mark.parametrize(("facts", "kind", "document"), CASES, ids=name)
def test_answers_are_counted_by_the_parts_of_their_targets(
    facts: Facts, kind: type[Output], document: dict[str, Any]
) -> None:
    output = build_output(facts)
    answers = output.gather(output.parse_arrays(document), "v1")
    parts = output.find_parts(answers)
    assert parts.shape == (1, len(output.targets))
    assert all(0 <= part < len(target.parts) for part, target in zip(parts[0], output.targets, strict=True))
    shares = np.split(output.measure_shares(answers), np.cumsum([len(each.parts) for each in output.targets])[:-1])
    assert [part.sum() for part in shares] == [1.0] * len(output.targets)


@pytest.mark.parametrize(("facts", "kind", "document"), CASES, ids=name)
def test_golden_answers_read_back_bit_for_bit(facts: Facts, kind: type[Output], document: dict[str, Any]) -> None:
    output = build_output(facts)
    answers = output.gather(output.parse_arrays(document), "v1")
    assert {key: array.tolist() for key, array in answers.arrays.items()} == document
    assert output.find_difference(answers, answers) is None
    for key, array in answers.arrays.items():
        other = output.gather({**answers.arrays, key: array + 1}, "v1")
        assert output.find_difference(other, answers) == key


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"labels": [0.5], "scores": [0.5]}, "the answers must be tables of numbers"),
        ({"labels": ["0"], "scores": [0.5]}, "the answers must be tables of numbers"),
        ({"labels": [True], "scores": [0.5]}, "the answers must be tables of numbers"),
        ({"labels": 1, "scores": [0.5]}, "the answers must be tables of numbers"),
        ({"labels": [[[0]]], "scores": [0.5]}, "the answers must be tables of numbers"),
        ({"labels": [2**70], "scores": [0.5]}, "the answers must be tables of numbers"),
    ],
)
def test_refuses_golden_answers_that_are_no_arrays(document: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError) as refused:
        OutlierOutput(True).parse_arrays(document)
    assert str(refused.value) == fault


def test_the_document_says_where_the_threshold_lies() -> None:
    schema = ClassOutput(["no", "yes"], threshold=0.3).to_json_schemas()["Prediction"]["properties"]["label"]
    assert schema["description"] == (
        "The class index. It is 1 where the probability of class_1 is at least 0.3, which need not be the "
        "likelier class."
    )
