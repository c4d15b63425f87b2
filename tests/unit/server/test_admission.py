"""Whether one more request may wait, by how many do, how long an answer takes, and what has come of late."""

from __future__ import annotations

import pytest

from app.server.admission import (
    BURST_SECONDS,
    GROWN_CLIENTS,
    OVERRUN_CLIENTS,
    OVERRUN_SECONDS,
    USUAL_CLIENTS,
    USUAL_SECONDS,
    Admission,
)
from app.server.refusal import Overloaded

DEADLINE_SECONDS = 10.0
NOW = 1000.0
WINDOW_SECONDS = 0.05


def build(answer_seconds: float = 0.0, n_servers: int = 1) -> Admission:
    """Return an admission that knows how long an answer takes."""
    admission = Admission(DEADLINE_SECONDS, n_servers)
    if answer_seconds:
        admission.record(answer_seconds)
    return admission


def is_refused(admission: Admission, n_waiting: int, now: float) -> bool:
    """Return whether one more request is refused."""
    try:
        admission.check(n_waiting, now)
    except Overloaded:
        return True
    return False


def overrun(admission: Admission, now: float = NOW) -> float:
    """Have more arrive than are answered for two windows, and return when they are over."""
    admission.check(0, now)
    for _ in range(2):
        for _ in range(6):
            admission.check(1, now)
        now += WINDOW_SECONDS
        is_refused(admission, GROWN_CLIENTS, now)  # or not
    assert admission.is_overrun
    return now


def test_a_queue_that_is_empty_takes_anything() -> None:
    assert not is_refused(build(answer_seconds=1000.0), 0, NOW)


@pytest.mark.parametrize("answer_seconds", [0.0, 1e-3, 1.0])
def test_so_many_clients_may_wait_however_long_an_answer_takes(answer_seconds: float) -> None:
    assert build(answer_seconds).limit == USUAL_CLIENTS


@pytest.mark.parametrize(("answer_seconds", "n_servers", "limit"), [(1e-4, 1, 200), (1e-4, 2, 400), (1e-3, 8, 160)])
def test_as_many_may_wait_as_are_answered_soon(answer_seconds: float, n_servers: int, limit: int) -> None:
    assert build(answer_seconds, n_servers).limit == pytest.approx(limit, abs=1)
    assert limit == pytest.approx(USUAL_SECONDS * n_servers / answer_seconds)


def test_the_bound_is_narrow_while_more_arrive_than_are_answered() -> None:
    admission = build(answer_seconds=2e-3)
    overrun(admission)
    assert admission.limit == OVERRUN_CLIENTS


def test_the_narrow_bound_too_allows_what_is_answered_soon() -> None:
    admission = build(answer_seconds=1e-4)
    overrun(admission)
    assert admission.limit == pytest.approx(OVERRUN_SECONDS / 1e-4, abs=1)


def test_a_burst_may_exceed_the_wide_bound_for_a_while() -> None:
    admission = build()
    assert not is_refused(admission, USUAL_CLIENTS, NOW)
    assert not is_refused(admission, 10 * USUAL_CLIENTS, NOW + BURST_SECONDS - 0.01)


def test_what_stays_too_long_beyond_the_wide_bound_is_refused() -> None:
    admission = build()
    admission.check(USUAL_CLIENTS, NOW)
    assert is_refused(admission, USUAL_CLIENTS, NOW + BURST_SECONDS + 0.001)
    assert not is_refused(admission, USUAL_CLIENTS - 1, NOW + BURST_SECONDS + 0.001)


@pytest.mark.parametrize(("n_between", "refused"), [(USUAL_CLIENTS // 2, True), (USUAL_CLIENTS // 2 - 1, False)])
def test_a_burst_is_over_once_half_of_the_bound_is_free(n_between: int, refused: bool) -> None:
    admission = build()
    admission.check(USUAL_CLIENTS, NOW)
    admission.check(n_between, NOW + 0.01)
    assert is_refused(admission, USUAL_CLIENTS, NOW + BURST_SECONDS + 0.001) is refused


def test_no_burst_is_allowed_while_more_arrive_than_are_answered() -> None:
    admission = build()
    now = overrun(admission)
    assert not is_refused(admission, OVERRUN_CLIENTS - 1, now)
    assert is_refused(admission, OVERRUN_CLIENTS, now)


def test_one_crowded_window_is_no_overrun() -> None:
    admission = build()
    for _ in range(20):
        admission.check(1, NOW)
    admission.check(1, NOW + WINDOW_SECONDS)
    assert not admission.is_overrun


@pytest.mark.parametrize(("n_arrived", "is_overrun"), [(16, False), (17, True)])
def test_more_arrive_when_they_are_a_quarter_more_and_four(n_arrived: int, is_overrun: bool) -> None:
    admission, now = build(), NOW
    admission.check(0, now)
    for _ in range(2):
        for _ in range(n_arrived - 1):  # with the one that ends the window, or begins it
            admission.check(1, now)
        for _ in range(10):
            admission.record(1e-6)
        now += WINDOW_SECONDS
        is_refused(admission, GROWN_CLIENTS, now)  # or not
    assert admission.is_overrun is is_overrun


def test_as_few_as_may_all_wait_for_their_answers_are_no_overrun() -> None:
    admission, now = build(), NOW
    admission.check(0, now)
    for _ in range(4):
        for _ in range(6):
            admission.check(1, now)
        now += WINDOW_SECONDS
        admission.check(GROWN_CLIENTS - 1, now)
    assert not admission.is_overrun


def test_clients_of_a_worker_that_was_killed_are_not_refused_by_the_other_one() -> None:
    admission, now, n_waiting = build(answer_seconds=0.01), NOW, 0
    for _ in range(100):  # 24 that come while few are answered, and each asks again once it is
        if n_waiting < 24:
            assert not is_refused(admission, n_waiting, now)
            n_waiting += 1
        now += 0.01
        admission.record(0.01)
        assert not is_refused(admission, n_waiting - 1, now)


def test_an_overrun_goes_on_though_few_wait_because_the_others_are_refused() -> None:
    admission = build()
    now = overrun(admission)
    for _ in range(6):
        admission.check(OVERRUN_CLIENTS - 1, now)
    admission.check(OVERRUN_CLIENTS - 1, now + WINDOW_SECONDS)
    assert admission.is_overrun


def test_an_overrun_is_over_once_as_many_are_answered_in_a_window() -> None:
    admission = build()
    now = overrun(admission)
    admission.check(1, now + WINDOW_SECONDS)
    assert not admission.is_overrun


def test_an_overrun_is_over_once_nobody_waits() -> None:
    admission = build()
    admission.check(0, overrun(admission))
    assert not admission.is_overrun


def test_a_window_is_as_long_as_some_answers_take() -> None:
    admission, now = build(answer_seconds=0.5), NOW
    admission.check(0, now)
    for _ in range(20):
        now += WINDOW_SECONDS
        for _ in range(10):
            admission.check(1, now)
    assert not admission.is_overrun


@pytest.mark.parametrize(("n_waiting", "n_servers", "refused"), [(10, 1, False), (11, 1, True), (11, 2, False)])
def test_whoever_would_wait_beyond_the_deadline_is_refused(n_waiting: int, n_servers: int, refused: bool) -> None:
    assert is_refused(build(answer_seconds=1.0, n_servers=n_servers), n_waiting, NOW) is refused


def test_the_last_answers_weigh_in_how_long_one_takes() -> None:
    admission = build(answer_seconds=1.0)
    for _ in range(100):
        admission.record(0.1)
    assert not is_refused(admission, 60, NOW)
    admission.record(10.0)
    assert not is_refused(admission, 15, NOW)
    assert is_refused(admission, 30, NOW)


@pytest.mark.parametrize(("age_seconds", "refused"), [(0.0, False), (10.0, False), (10.1, True)])
def test_a_request_that_is_older_than_the_deadline_is_refused(age_seconds: float, refused: bool) -> None:
    try:
        build().check_age(NOW - age_seconds, NOW)
    except Overloaded:
        assert refused
    else:
        assert not refused
