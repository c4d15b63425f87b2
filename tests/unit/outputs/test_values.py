from __future__ import annotations

import numpy as np

from app.outputs.prediction import BatchPrediction
from app.outputs.values import ValueOutput

DECILES = [float(number) for number in range(1, 10)]
ONE = ValueOutput(["price"], [DECILES])
TWO = ValueOutput(["price", "area"], [DECILES, [10 * decile for decile in DECILES]])


def answer(*rows: list[float]) -> BatchPrediction:
    return BatchPrediction({"values": np.array(rows)}, "v1")


def test_writes_down_the_value_of_one_target_and_those_of_several_by_name() -> None:
    rest = {"model_version": "v1", "n_features_in": 3}
    # As it is: rounding is for probabilities.
    assert ONE.to_json(answer([1 / 3], [5e-12]), 3) == [{"value": 1 / 3, **rest}, {"value": 5e-12, **rest}]
    assert TWO.to_json(answer([1.5, -2.0]), 3) == [{"values": {"price": 1.5, "area": -2.0}, **rest}]


def test_an_answer_has_its_value_or_its_values() -> None:
    assert answer([1.5])[0].value == 1.5
    assert answer([1.5, 2.5])[0].values.tolist() == [1.5, 2.5]


def test_counts_values_by_the_deciles_of_training() -> None:
    values = [[-1e9], [1.0], [1.5], [9.0], [9.5], [1e9]]
    assert ONE.find_parts(answer(*values)).ravel().tolist() == [0, 0, 1, 8, 9, 9]
    assert TWO.find_parts(answer([9.5, 9.5])).tolist() == [[9, 0]]
    assert TWO.measure_shares(answer([0.0, 0.0], [9.5, 0.0])) == [0.5, *[0.0] * 8, 0.5, 1.0, *[0.0] * 9]


def test_values_have_no_confidence() -> None:
    assert ONE.find_confidence(answer([1.0])) is None


def test_compares_values_by_their_magnitude() -> None:
    golden = answer([1e12], [1.0])
    assert ONE.find_difference(answer([1e12 + 100], [1.0]), golden) is None
    assert ONE.find_difference(answer([1e12 + 2000], [1.0]), golden) == "values"
    assert ONE.find_difference(answer([1e12]), golden) == "values"
