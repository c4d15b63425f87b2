from __future__ import annotations

import json

from app.columns.faults import Fault, FaultKind, InvalidInput
from app.web.problems import build_problem, encode_problem


def test_a_problem_has_the_keys_of_the_contract() -> None:
    assert build_problem(404, "There is nothing here.", "abc-1") == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here.",
        "request_id": "abc-1",
    }


def test_an_invalid_input_adds_its_places_and_their_total() -> None:
    invalid = InvalidInput(
        [
            Fault(("features", 3), "must be a finite number", FaultKind.NOT_FINITE),
            Fault((), "must be an object", FaultKind.WRONG_TYPE),
        ],
        total=25,
    )
    problem = build_problem(422, "25 values are invalid.", "abc-1", invalid)
    assert problem["errors"] == [
        {"pointer": "#/features/3", "message": "must be a finite number"},
        {"pointer": "#", "message": "must be an object"},
    ]
    assert problem["errors_total"] == 25


def test_a_status_without_a_name_has_a_title_all_the_same() -> None:
    assert build_problem(599, "It failed.", "abc-1")["title"] == "Unknown Error"


def test_a_place_that_utf_8_cannot_write_can_be_answered() -> None:
    problem = build_problem(
        422, "1 value is invalid.", "abc-1", InvalidInput([Fault(("\ud800",), "is missing", FaultKind.MISSING)], 1)
    )
    assert json.loads(encode_problem(problem))["errors"][0]["pointer"] == "#/?"
