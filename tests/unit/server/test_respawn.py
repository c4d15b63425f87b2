from __future__ import annotations

import pytest

from app.server.respawn import STABLE_SECONDS, RespawnDelay


@pytest.fixture
def delay() -> RespawnDelay:
    return RespawnDelay()


def record_deaths(delay: RespawnDelay, count: int) -> list[float]:
    return [delay.record_death(now=100.0) for _ in range(count)]


def test_a_worker_may_be_started_before_any_has_died(delay: RespawnDelay) -> None:
    assert delay.is_due(now=0.0)


def test_doubles_the_wait_with_each_death_from_the_third_on(delay: RespawnDelay) -> None:
    assert record_deaths(delay, 9) == [0.0, 0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_never_waits_longer_than_five_seconds(delay: RespawnDelay) -> None:
    assert max(record_deaths(delay, 5000)) == 5.0


def test_a_free_death_has_the_next_worker_started_at_once(delay: RespawnDelay) -> None:
    delay.record_death(now=100.0)
    assert delay.is_due(now=100.0)


@pytest.mark.parametrize(("now", "is_due"), [(100.0, False), (100.24, False), (100.25, True), (101.0, True)])
def test_a_worker_is_due_once_the_wait_is_over(delay: RespawnDelay, now: float, is_due: bool) -> None:
    record_deaths(delay, 3)
    assert delay.is_due(now) == is_due


def test_a_worker_that_has_served_a_while_ends_the_loop(delay: RespawnDelay) -> None:
    record_deaths(delay, 5)
    assert delay.record_death(now=100.0, served_seconds=STABLE_SECONDS) == 0.0
    assert record_deaths(delay, 3) == [0.0, 0.0, 0.25]


def test_a_worker_that_has_served_for_a_moment_goes_on_with_it(delay: RespawnDelay) -> None:
    record_deaths(delay, 3)
    assert delay.record_death(now=100.0, served_seconds=0.99) == 0.5
