from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from app.model.model import Model
from app.model.predictor import ModelPredictor
from app.prediction_log.record import BrokenLine, PredictionRecord, encode_line, parse_line
from tests.support.prediction_logs import build_record
from tests.support.small_models import SMALL_MODELS, get_small_model
from training.dataset import Dataset

FINITE: dict[str, Any] = {"allow_nan": False, "allow_infinity": False}
ANY_VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(**FINITE), st.text(st.characters(codec="utf-8"))
)


def holds_the_same_bits(one: PredictionRecord, other: PredictionRecord) -> bool:
    pairs = [(one.instances, other.instances), *((one.answers[name], other.answers[name]) for name in other.answers)]
    is_same = all((a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()) for a, b in pairs)
    return is_same and one.answers.keys() == other.answers.keys()


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
    record = replace(build_record(), instances=numbers, answers={"values": numbers, "scores": numbers[:, 0]})
    assert holds_the_same_bits(parse_line(encode_line(record)), record)


@pytest.mark.parametrize("number", [-0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e23, -1e-5, 2.0**53 + 2])
def test_numbers_that_are_hard_to_write_read_back(number: float) -> None:
    record = replace(build_record(), instances=np.array([[number]]))
    assert holds_the_same_bits(parse_line(encode_line(record)), record)


def test_numbers_that_stand_column_by_column_are_written_row_by_row() -> None:
    probabilities = np.array([[0.25, 0.75], [0.5, 0.5]], order="F")
    record = replace(build_record(labels=[1, 0]), answers={"probabilities": probabilities})
    assert np.array_equal(parse_line(encode_line(record)).probabilities, probabilities)


def test_all_rows_of_the_example_read_back_as_the_estimator_answers(
    example_predictor: ModelPredictor, example_dataset: Dataset
) -> None:
    answers = example_predictor.predict_batch(example_dataset.X)
    record = PredictionRecord(build_record().time, "a", answers.model_version, example_dataset.X, answers.arrays)
    assert holds_the_same_bits(parse_line(encode_line(record)), record)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": "noon"}, "has a time that is none"),
        ({"time": "2026-01-01T00:00:00"}, "has a time without a zone"),
        ({"request_id": 7}, "has a request_id that is no text"),
        ({"instances": [[1, 2], [3]]}, "has instances of rows that differ in length"),
        ({"instances": [[[1, 2], [3, 4]]]}, "has instances that are no rows of values"),
        ({"instances": [[{}, 2]]}, "has instances that are no rows of values"),
        ({"instances": [7]}, "has instances that are no rows of values"),
        ({"probabilities": [[[0.5, 0.5]]]}, "has probabilities that are no numbers"),
        ({"probabilities": [["0.5", "0.5"]]}, "has probabilities that are no numbers"),
        ({"values": [[1.0], [2.0, 3.0]]}, "has values of rows that differ in length"),
        ({"labels": [0.5]}, "has labels that are no numbers"),
        ({"labels": []}, "has labels that are no numbers"),
        ({"labels": [0, 1]}, "has instances, labels, probabilities of different lengths"),
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


def test_refuses_a_line_without_any_answer() -> None:
    document = orjson.loads(encode_line(build_record()))
    line = orjson.dumps({key: value for key, value in document.items() if key not in ("labels", "probabilities")})
    with pytest.raises(BrokenLine, match="^has none of labels, values, probabilities, scores$"):
        parse_line(line)


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_the_answers_of_each_task_read_back_bit_for_bit(name: str) -> None:
    small = get_small_model(name)
    model = Model(small.artifact)
    instances = model.columns.parse_instances(small.rows)
    answers = model.answer(instances.copy())
    record = PredictionRecord(build_record().time, "a", answers.model_version, instances, answers.arrays)
    read = parse_line(encode_line(record))
    assert (read.answers.keys(), len(read)) == (answers.arrays.keys(), len(small.rows))
    for array, written in answers.arrays.items():
        assert read.answers[array].tobytes() == np.ascontiguousarray(written).tobytes()


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_the_rows_of_each_kind_read_back_as_the_columns_take_them(name: str) -> None:
    small = get_small_model(name)
    table = Model(small.artifact).columns
    instances = table.parse_instances(small.rows)
    record = replace(build_record(labels=[0] * len(instances)), instances=instances)
    rows = parse_line(encode_line(record)).instances
    again = table.check_matrix(rows)
    assert table.to_json(again) == table.to_json(instances)
    assert [list(map(type, row)) for row in again.tolist()] == [list(map(type, row)) for row in instances.tolist()]


@given(st.lists(st.tuples(ANY_VALUE, ANY_VALUE), min_size=1, max_size=3))
def test_values_of_any_kind_read_back(rows: list[tuple[Any, Any]]) -> None:
    instances = np.array([[*row, "text"] for row in rows], dtype=object)
    record = replace(build_record(labels=[0] * len(rows)), instances=instances)
    read = parse_line(encode_line(record)).instances
    assert read.tolist() == instances.tolist()
    assert [list(map(type, row)) for row in read.tolist()] == [list(map(type, row)) for row in instances.tolist()]


def test_a_moment_is_written_in_utc_and_a_gap_as_null() -> None:
    moment = datetime(2020, 2, 29, 12, 0, 0, 250, UTC)
    record = replace(build_record(), instances=np.array([[moment, None, 3, True, "Ä"]], dtype=object))
    line = orjson.loads(encode_line(record))
    assert line["instances"] == [["2020-02-29T12:00:00.000250Z", None, 3, True, "Ä"]]


def test_gaps_among_numbers_read_back_as_nan() -> None:
    record = replace(build_record(), instances=np.array([[1.5, np.nan, -0.0]]))
    assert orjson.loads(encode_line(record))["instances"] == [[1.5, None, -0.0]]
    assert holds_the_same_bits(parse_line(encode_line(record)), record)


def test_integers_are_no_floats() -> None:
    record = replace(build_record(), instances=np.array([[3, None, 1]], dtype=object))
    read = parse_line(encode_line(record)).instances
    assert (read.dtype, read.tolist()) == (np.dtype(object), [[3, None, 1]])


def test_a_line_of_an_earlier_release_reads_as_it_was_written() -> None:
    line = (
        b'{"time":"2026-11-22T15:20:07.163Z","request_id":"a","model_version":"v1",'
        b'"instances":[[17.99,10.38]],"labels":[0],"probabilities":[[0.9996693532629705,0.00033064673702953845]]}\n'
    )
    record = parse_line(line)
    assert (record.instances.tolist(), record.instances.dtype.name) == ([[17.99, 10.38]], "float64")
    assert (record.labels.tolist(), record.probabilities.tolist()) == (
        [0],
        [[0.9996693532629705, 0.00033064673702953845]],
    )
    assert encode_line(record) == line


def test_counts_the_memory_of_texts() -> None:
    short, long = (replace(build_record(), instances=np.array([[text]], dtype=object)) for text in ("a", "a" * 5000))
    assert long.n_bytes - short.n_bytes == 4999
