from __future__ import annotations

import re

import pytest

from app.traces.context import create_span_id, parse_traceparent

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
VALID = f"00-{TRACE_ID}-{SPAN_ID}-01"


@pytest.mark.parametrize(
    "traceparent",
    [
        VALID,
        f"00-{TRACE_ID}-{SPAN_ID}-00",
        f"00-{TRACE_ID}-{SPAN_ID}-ff",
        f"cc-{TRACE_ID}-{SPAN_ID}-01",
        f"01-{TRACE_ID}-{SPAN_ID}-01-",
        f"cc-{TRACE_ID}-{SPAN_ID}-01-what-the-future-will-be-like",
    ],
)
def test_finds_the_trace_and_the_span_of_the_caller(traceparent: str) -> None:
    parent = parse_traceparent(traceparent)
    assert parent is not None
    assert (parent.trace_id, parent.span_id) == (TRACE_ID, SPAN_ID)


@pytest.mark.parametrize(("digits", "flags"), [("00", 0), ("01", 1), ("03", 3), ("ff", 255)])
def test_keeps_the_flags(digits: str, flags: int) -> None:
    parent = parse_traceparent(f"00-{TRACE_ID}-{SPAN_ID}-{digits}")
    assert parent is not None
    assert parent.flags == flags


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "00",
        VALID[:-1],
        VALID + "0",
        VALID + "-",
        VALID + "-more",
        VALID + "\n",
        f" {VALID}",
        f"{VALID} ",
        VALID.upper(),
        VALID.replace("-", "_"),
        f"{VALID},{VALID}",
        f"cc-{TRACE_ID}-{SPAN_ID}-01-x,{VALID}",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"FF-{TRACE_ID}-{SPAN_ID}-01",
        f"0-{TRACE_ID}-{SPAN_ID}-01",
        f"000-{TRACE_ID}-{SPAN_ID}-01",
        f"cc-{TRACE_ID}-{SPAN_ID}-01.what-the-future-will-be-like",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID[1:]}-{SPAN_ID}-01",
        f"00-{TRACE_ID}a-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{SPAN_ID}a-01",
        f"00-{TRACE_ID}-{SPAN_ID}-1",
        f"00-{TRACE_ID}-{SPAN_ID}-.1",
        f"00-{TRACE_ID[:-1]}g-{SPAN_ID}-01",
        f"00-{TRACE_ID[:-1]}٣-{SPAN_ID}-01",
        f"{TRACE_ID}-{SPAN_ID}-01",
    ],
)
def test_ignores_what_is_not_valid(traceparent: str) -> None:
    assert parse_traceparent(traceparent) is None


def test_a_span_has_an_id_of_its_own() -> None:
    one, other = create_span_id(), create_span_id()
    assert re.fullmatch("[0-9a-f]{16}", one) and one != other
