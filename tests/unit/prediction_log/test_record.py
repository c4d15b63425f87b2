from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from app.model.predictor import ModelPredictor
from app.prediction_log.record import BrokenLine, PredictionRecord, encode_line, parse_line
from tests.support.prediction_logs import build_record
from training.dataset import Dataset

FINITE = {"allow_nan": False, "allow_infinity": False}


def holds_the_same_bits(one: PredictionRecord, other: PredictionRecord) -> bool:
    names = ("instances", "labels", "probabilities")
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    return all((a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()) for a, b in pairs)


def test_is_one_line_of_json_with_the_keys_of_the_contract() -> None:
    assert encode_line(build_record(labels=[1])) == (
        b'{"time":"2026-11-22T15:20:07.163Z","request_id":"a","model_version":"v1",'
        b'"instances":[[1.0,1.3333333333333333,1.6666666666666665]],"labels":[1],"probabilities":[[0.0,1.0,0.0]]}\n'
    )


def test_the_time_is_utc_with_milliseconds() -> None:
    east = timezone(timedelta(hours=2))
    line = encode_line(replace(build_record(), time=datetime(2026, 1, 1, 1, 0, 0, 999, east)))
    assert orjson.loads(line)["time"] == "2025-12-31T23:00:00.000Z"


@given(arrays(np.float64, (2, 3), elements=FINITE))
def test_every_number_reads_back_bit_for_bit(numbers: NDArray[np.float64]) -> None:
    record = replace(build_record(labels=[0, 1]), instances=numbers, probabilities=numbers)
    assert holds_the_same_bits(parse_line(encode_line(record)), record)


@pytest.mark.parametrize("number", [-0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e23, -1e-5, 2.0**53 + 2])
def test_numbers_that_are_hard_to_write_read_back(number: float) -> None:
    record = replace(build_record(), instances=np.array([[number]]))
    assert holds_the_same_bits(parse_line(encode_line(record)), record)


def test_numbers_that_stand_column_by_column_are_written_row_by_row() -> None:
    probabilities = np.array([[0.25, 0.75], [0.5, 0.5]], order="F")
    record = replace(build_record(labels=[1, 0]), probabilities=probabilities)
    assert np.array_equal(parse_line(encode_line(record)).probabilities, probabilities)


def test_all_rows_of_the_example_read_back_as_the_estimator_answers(
    example_predictor: ModelPredictor, example_dataset: Dataset
) -> None:
    answers = example_predictor.predict_batch(example_dataset.X)
    record = PredictionRecord(
        build_record().time, "a", answers.model_version, example_dataset.X, answers.labels, answers.probabilities
    )
    assert holds_the_same_bits(parse_line(encode_line(record)), record)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": "noon"}, "has a time that is none"),
        ({"time": "2026-01-01T00:00:00"}, "has a time without a zone"),
        ({"request_id": 7}, "has a request_id that is no text"),
        ({"instances": [[1, 2], [3]]}, "has instances of rows that differ in length"),
        ({"instances": [["1", "2", "3"]]}, "has instances that are no rows of numbers"),
        ({"probabilities": [0.5, 0.5]}, "has probabilities that are no rows of numbers"),
        ({"labels": [0.5]}, "has labels that are no numbers"),
        ({"labels": []}, "has labels that are no numbers"),
        ({"labels": [0, 1]}, "has instances, labels and probabilities of different lengths"),
    ],
)
def test_refuses_a_line_that_holds_something_else(change: dict[str, object], reason: str) -> None:
    line = orjson.dumps(orjson.loads(encode_line(build_record())) | change)
    with pytest.raises(BrokenLine) as refused:
        parse_line(line)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("line", "reason"), [(b"{", "is not JSON"), (b"[]\n", "is not an object with"), (b"{}", "is not an object with")]
)
def test_refuses_a_line_that_is_no_record(line: bytes, reason: str) -> None:
    with pytest.raises(BrokenLine, match=reason):
        parse_line(line)
