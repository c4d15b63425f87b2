from __future__ import annotations

import importlib
import json
import pkgutil

from app import web
from app.columns.faults import Fault, FaultKind, InvalidInput, RequestRefused
from app.engines.engine import CannotCompute
from app.model.rows import RowsRefused
from app.web.problems import STATUSES, build_problem, encode_problem


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


def test_all_that_a_request_can_be_refused_for_has_a_status() -> None:
    for module in pkgutil.walk_packages(web.__path__, "app.web."):
        importlib.import_module(module.name)
    refusals, pending = set[type[RequestRefused]](), [RequestRefused]
    while pending:
        found = pending.pop().__subclasses__()
        refusals.update(kind for kind in found if kind.__module__.startswith("app."))
        pending += found
    # The views say at which places of the body it happened; the predictor of scripts alone sums up.
    assert refusals - {CannotCompute, RowsRefused} == set(STATUSES)


def test_scripts_catch_wrong_input_as_value_errors() -> None:
    assert issubclass(InvalidInput, ValueError) and issubclass(CannotCompute, ValueError)
