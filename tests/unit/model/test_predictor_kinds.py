"""A predictor for rows of every kind, in every form that a script may have them, and the answers of every task."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from app.model.predictor import BatchPrediction, ModelPredictor
from tests.support.running_server import ROOT
from tests.support.small_models import SMALL_MODELS, build_mixed_frame, get_small_model
from tests.support.small_versions import publish_copy


def load(name: str) -> ModelPredictor:
    """Return a predictor with a small model loaded."""
    predictor = ModelPredictor()
    predictor.load(get_small_model(name).artifact)
    return predictor


def read_bits(answers: BatchPrediction) -> dict[str, bytes]:
    return {name: np.ascontiguousarray(array).tobytes() for name, array in answers.arrays.items()}


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_rows_by_position_and_by_name_are_answered_alike(name: str) -> None:
    predictor, rows = load(name), get_small_model(name).rows[:40]
    answers = predictor.predict_batch(rows)
    by_name = [dict(reversed(list(zip(predictor.feature_names, row, strict=True)))) for row in rows]
    assert read_bits(predictor.predict_batch(by_name)) == read_bits(answers)
    assert predictor.to_json(answers)[3] == predictor.to_json(predictor.predict_batch([by_name[3]]))[0]


def test_a_frame_is_answered_as_its_rows() -> None:
    predictor, frame = load("mixed"), build_mixed_frame()
    answers = predictor.predict_batch(get_small_model("mixed").rows)
    for table in (frame, frame[frame.columns[::-1]], frame.convert_dtypes(), frame.astype({"city": "category"})):
        assert read_bits(predictor.predict_batch(table)) == read_bits(answers)


def test_a_row_of_a_frame_is_answered() -> None:
    predictor, frame, rows = load("mixed"), build_mixed_frame(), get_small_model("mixed").rows
    for number in (0, 7, 11, 12):
        answer = predictor.predict(frame.iloc[number])
        assert answer.probabilities.tolist() == predictor.predict(rows[number]).probabilities.tolist()


def test_a_frame_of_numbers_is_answered_as_the_array() -> None:
    predictor, X = load("integer classes"), load_iris().data
    frame = pd.DataFrame(X, columns=list(predictor.feature_names))
    answers = read_bits(predictor.predict_batch(X))
    assert read_bits(predictor.predict_batch(frame)) == answers
    assert read_bits(predictor.predict_batch(frame[["x3", "x1", "x0", "x2"]])) == answers
    assert read_bits(predictor.predict_batch(frame.astype("Float64"))) == answers


def test_an_array_of_objects_is_answered_as_its_rows() -> None:
    predictor, frame = load("mixed"), build_mixed_frame()
    objects = np.array(get_small_model("mixed").rows, dtype=object)
    assert read_bits(predictor.predict_batch(objects)) == read_bits(predictor.predict_batch(frame))
    assert predictor.predict(objects[2]).label == predictor.predict_batch(frame)[2].label


def test_moments_of_python_and_of_pandas_are_what_they_are_as_texts() -> None:
    predictor = load("mixed")
    moments = ["2020-03-01T10:00:00Z", datetime(2020, 3, 1, 10, tzinfo=UTC), pd.Timestamp("2020-03-01T11:00+01:00")]
    rows = [[30, 50.0, "Rome", True, moment, "text"] for moment in moments]
    assert len({row.probabilities.tobytes() for row in map(predictor.predict, rows)}) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame.drop(columns="age"), "#/0/age is missing. #/1/age is missing."),
        (lambda frame: frame.rename(columns={"age": "agee"}), "#/0/agee is not a feature of the model; did you mean"),
        (lambda frame: frame.assign(age=None), "#/0/age must not be null. #/1/age must not be null."),
        (lambda frame: frame.assign(age=1.5), "#/0/age must be a number without a fraction."),
        (lambda frame: frame.assign(member="yes"), "#/0/member must be true or false, not a string."),
        (lambda frame: frame.iloc[:0], "A batch must have at least one instance."),
        (lambda frame: frame[[*frame.columns, "age"]], "The frame has more than one column 'age'."),
        (lambda frame: frame[[]], "#/0/age is missing. #/0/income is missing."),
    ],
)
def test_refuses_a_frame_at_the_place(change: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        load("mixed").predict_batch(change(build_mixed_frame().iloc[:2]))
    assert str(refused.value).startswith(sentence)


def test_refuses_a_frame_of_numbers_at_the_place() -> None:
    frame = pd.DataFrame([[1.0, 2.0, 3.0, np.nan]], columns=["x0", "x1", "x2", "x3"])
    with pytest.raises(ValueError, match=r"^NaN or infinite values: #/0/3 must be a finite number\.$"):
        load("integer classes").predict_batch(frame)


@pytest.mark.parametrize(
    ("instances", "sentence"),
    [
        ("text", "The instances must be a sequence, an array or a frame, not a str."),
        ({"text": "a"}, "The instances must be a sequence, an array or a frame, not a dict."),
    ],
)
def test_refuses_what_is_no_batch(instances: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        load("texts").predict_batch(instances)
    assert str(refused.value) == sentence


def test_refuses_a_frame_in_place_of_one_row() -> None:
    with pytest.raises(ValueError, match=r"^One instance is a row, not a frame: predict_batch takes frames\.$"):
        load("mixed").predict(build_mixed_frame())


def test_answers_of_each_task_have_their_own_members() -> None:
    answers = {name: load(name).predict(get_small_model(name).rows[0]) for name in SMALL_MODELS}
    assert (answers["mixed"].label, answers["mixed"].probabilities.shape) == (1, (2,))
    assert answers["scores"].scores.shape == (3,)
    assert answers["regression"].value == answers["regression"].values[0]
    assert answers["several targets"].values.shape == (3,)
    assert (answers["multilabel"].labels.shape, answers["multilabel"].probabilities.shape) == ((3,), (3,))
    assert (answers["multioutput"].labels.shape, answers["multioutput"].probabilities.shape) == ((2,), (5,))
    assert (answers["outlier"].label, isinstance(answers["outlier"].scores, float)) == (1, True)
    assert answers["cluster"].label in range(4)


@pytest.mark.parametrize(
    ("name", "member", "sentence"),
    [
        ("regression", "label", "This model gives values, and no labels."),
        ("scores", "probabilities", "This model gives labels and scores, and no probabilities."),
        ("cluster", "value", "This model gives labels, and no values."),
    ],
)
def test_an_answer_says_what_it_has_instead(name: str, member: str, sentence: str) -> None:
    answers = load(name).predict_batch(get_small_model(name).rows[:1])
    with pytest.raises(AttributeError) as refused:
        getattr(answers[0], member)
    assert str(refused.value) == sentence
    assert not hasattr(answers, member.removesuffix("s") + "s")


def test_names_classes_as_the_service_does() -> None:
    predictor = load("mixed")
    (answer,) = predictor.to_json(predictor.predict_batch(get_small_model("mixed").rows[:1]), decimals=17)
    assert (answer["label"], answer["class"], answer["model_version"]) == (1, "yes", "small")


def test_needs_no_pandas_for_a_model_that_was_trained_without(tmp_path: Path) -> None:
    publish_copy(tmp_path, get_small_model("regression").artifact, "small")
    script = (
        "import sys\n"
        "class WithoutPandas:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'pandas':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, WithoutPandas())\n"
        "from app.predictor import ModelPredictor\n"
        f"predictor = ModelPredictor({str(tmp_path)!r}); predictor.load()\n"
        "print(round(predictor.predict({'x0': 5.0, 'x1': 162.0, 'x2': 60.0}).value))"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == "177\n", run.stderr


@pytest.mark.parametrize(
    ("model", "row", "is_loaded"), [("regression", [5.0, 162.0, 60.0], False), ("mixed", None, True)]
)
def test_loads_pandas_where_the_version_is_of_a_frame_alone(
    tmp_path: Path, model: str, row: list[float] | None, is_loaded: bool
) -> None:
    artifact = get_small_model(model).artifact
    publish_copy(tmp_path, artifact, "small")
    script = (
        "import sys\n"
        "from app.predictor import ModelPredictor\n"
        f"predictor = ModelPredictor({str(tmp_path)!r}); predictor.load()\n"
        f"predictor.predict({row or artifact.golden.list_instances()[0]!r})\n"
        "print('pandas' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == f"{is_loaded}\n", run.stderr
