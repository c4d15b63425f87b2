"""Rows of several requests share a pass, and each gets what it would have had alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import numpy as np
import pytest

from app.columns.table import Rows
from app.model.combiner import Combiner
from app.outputs.prediction import Arrays

PATIENCE_SECONDS = 60.0


class Passes:
    """Doubles numbers, pass by pass, each of which begins when it is let go."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.begun = Semaphore(0)
        self.may_end = Semaphore(0)

    def compute(self, rows: Rows) -> Arrays:
        """Double each number; those below zero have no answer."""
        self.sizes.append(len(rows))
        self.begun.release()
        assert self.may_end.acquire(timeout=PATIENCE_SECONDS)
        if (rows < 0).any():
            raise ValueError(f"{rows.min()} has no answer")
        return {"values": rows * 2}


@pytest.fixture
def passes() -> Passes:
    return Passes()


def ask_while_one_computes(passes: Passes, combiner: Combiner, asked: list[list[float]]) -> list[Future[Arrays]]:
    """Ask for each of `asked` in a thread of its own while a pass goes on, and let all passes end."""
    with ThreadPoolExecutor(len(asked) + 1) as threads:
        futures = [threads.submit(combiner.compute, np.array([[0.0]]))]
        assert passes.begun.acquire(timeout=PATIENCE_SECONDS)
        for number, rows in enumerate(asked, start=1):
            futures.append(threads.submit(combiner.compute, np.array(rows, dtype=float).reshape(-1, 1)))
            wait_for(lambda n=number: len(combiner._waiting) == n)  # type: ignore[misc]
        passes.may_end.release(10)
    return futures[1:]


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds, for which other threads need the processor for a moment."""
    pause = Event()
    for _ in range(10_000):
        if condition():
            return
        pause.wait(0.001)
    raise TimeoutError


def test_all_that_wait_share_the_next_pass(passes: Passes) -> None:
    futures = ask_while_one_computes(passes, Combiner(passes.compute, 100, 1), [[1], [2, 3], [4]])
    assert [future.result()["values"].ravel().tolist() for future in futures] == [[2], [4, 6], [8]]
    assert passes.sizes == [1, 4]


def test_a_pass_has_no_more_rows_than_it_may(passes: Passes) -> None:
    futures = ask_while_one_computes(passes, Combiner(passes.compute, 2, 1), [[1], [2, 3], [4]])
    assert [future.result()["values"].ravel().tolist() for future in futures] == [[2], [4, 6], [8]]
    assert passes.sizes == [1, 1, 2, 1]


def test_a_request_of_more_rows_than_several_may_have_is_computed_alone(passes: Passes) -> None:
    futures = ask_while_one_computes(passes, Combiner(passes.compute, 2, 1), [[1, 2, 3], [4]])
    assert [future.result()["values"].ravel().tolist() for future in futures] == [[2, 4, 6], [8]]
    assert passes.sizes == [1, 3, 1]


def test_rows_without_an_answer_take_no_other_ones_answer_away(passes: Passes) -> None:
    good, bad, other = ask_while_one_computes(passes, Combiner(passes.compute, 100, 1), [[1], [-1], [4]])
    assert [future.result()["values"].ravel().tolist() for future in (good, other)] == [[2], [8]]
    with pytest.raises(ValueError, match=r"^-1\.0 has no answer$"):
        bad.result()


def test_as_many_passes_as_may_go_on_at_once(passes: Passes) -> None:
    combiner = Combiner(passes.compute, 100, 2)
    with ThreadPoolExecutor(2) as threads:
        futures = [threads.submit(combiner.compute, np.array([[float(number)]])) for number in range(2)]
        for _ in futures:
            assert passes.begun.acquire(timeout=PATIENCE_SECONDS)
        passes.may_end.release(2)
    assert [future.result()["values"].item() for future in futures] == [0, 2]


def test_a_pass_waits_for_rows_that_are_being_parsed_when_it_might_begin(passes: Passes) -> None:
    combiner, parsed = Combiner(passes.compute, 100, 1), Event()

    def parse_first() -> Any:
        with combiner.announce():
            announced.set()
            assert parsed.wait(PATIENCE_SECONDS)
            return combiner.compute(np.array([[2.0]]))

    announced = Event()
    with ThreadPoolExecutor(2) as threads:
        late = threads.submit(parse_first)
        assert announced.wait(PATIENCE_SECONDS)
        early = threads.submit(combiner.compute, np.array([[1.0]]))
        wait_for(lambda: combiner._n_free_passes == 0)
        assert passes.sizes == []
        parsed.set()
        passes.may_end.release(2)
    assert (early.result()["values"].item(), late.result()["values"].item()) == (2, 4)
    assert passes.sizes == [2]


def test_nobody_waits_for_a_request_that_was_refused(passes: Passes) -> None:
    combiner = Combiner(passes.compute, 100, 1)
    passes.may_end.release()
    with pytest.raises(ValueError, match="refused"), combiner.announce():
        raise ValueError("refused")
    assert combiner.compute(np.array([[1.0]]))["values"].item() == 2


def test_a_defect_of_one_pass_leaves_the_next_one_free(passes: Passes) -> None:
    combiner = Combiner(passes.compute, 100, 1)
    passes.may_end.release(2)
    with pytest.raises(ValueError, match="no answer"):
        combiner.compute(np.array([[-1.0]]))
    assert combiner.compute(np.array([[1.0]]))["values"].item() == 2


def test_who_waits_to_begin_is_not_taken_for_one_that_waits_for_a_pass(passes: Passes) -> None:
    combiner, announced, parsed = Combiner(passes.compute, 100, 2), Event(), Event()

    def parse() -> Any:
        with combiner.announce():
            announced.set()
            assert parsed.wait(PATIENCE_SECONDS)
            raise ValueError("refused")

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(combiner.compute, np.array([[1.0]]))
        assert passes.begun.acquire(timeout=PATIENCE_SECONDS)
        refused = threads.submit(parse)
        assert announced.wait(PATIENCE_SECONDS)
        second = threads.submit(combiner.compute, np.array([[2.0]]))  # it may begin, once the other is parsed
        wait_for(lambda: combiner._n_free_passes == 0)
        passes.may_end.release()
        assert first.result()["values"].item() == 2
        parsed.set()
        passes.may_end.release()
        assert second.result()["values"].item() == 4
        assert isinstance(refused.exception(), ValueError)
    assert (passes.sizes, combiner._n_free_passes) == ([1, 1], 2)
