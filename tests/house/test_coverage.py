from __future__ import annotations

from configparser import ConfigParser

from tests.support.running_server import ROOT


def read(name: str) -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / name)
    return parser


def test_leaves_out_only_files_that_there_are() -> None:
    omitted = read("setup.cfg")["coverage:run"]["omit"].split()
    assert omitted and [name for name in omitted if not (ROOT / name).is_file()] == []


def test_every_process_is_measured_for_the_same_floor_and_nothing_left_out() -> None:
    own, deep = read("setup.cfg"), read("tests/long/coverage.cfg")
    assert "omit" not in deep["run"]
    assert (own["coverage:run"]["source"], dict(own["coverage:report"])) == (
        deep["run"]["source"],
        dict(deep["report"]),
    )
    assert own["coverage:report"]["fail_under"] == "95"
