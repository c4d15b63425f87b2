from __future__ import annotations

from app.prediction_log.record_queue import RecordQueue
from tests.support.prediction_logs import build_record


def take_all(queue: RecordQueue) -> list[str]:
    """Return the ids of all records in the queue."""
    ids = []
    while (record := queue.take()) is not None:
        ids.append(record.request_id)
    return ids


def test_gives_the_records_in_their_order() -> None:
    queue = RecordQueue()
    for request_id in "abc":
        queue.put(build_record(request_id))
    assert (take_all(queue), queue.n_refused) == (["a", "b", "c"], 0)


def test_refuses_and_counts_more_records_than_it_may_hold() -> None:
    queue = RecordQueue(max_records=2)
    for request_id in "abcd":
        queue.put(build_record(request_id))
    assert (take_all(queue), queue.n_refused) == (["a", "b"], 2)


def test_refuses_more_bytes_than_it_may_hold() -> None:
    queue = RecordQueue(max_bytes=16_000)
    large = build_record("large", labels=[0] * 300)
    assert 15_000 < large.n_bytes + 1024 < 16_000
    for record in (large, large, build_record("small")):
        queue.put(record)
    assert (take_all(queue), queue.n_refused) == (["large"], 2)


def test_has_room_again_for_what_was_taken() -> None:
    queue = RecordQueue(max_records=1, max_bytes=2000)
    for _ in range(5):
        queue.put(build_record())
        assert take_all(queue) == ["a"]
    assert queue.n_refused == 0


def test_once_closed_it_gives_what_it_has_and_takes_no_more() -> None:
    queue = RecordQueue()
    queue.put(build_record("a"))
    queue.close()
    queue.put(build_record("b"))
    assert (take_all(queue), queue.n_refused) == (["a"], 1)


def test_does_not_wait_where_there_is_a_record_or_it_is_closed() -> None:
    queue = RecordQueue()
    queue.put(build_record())
    queue.wait(None)
    take_all(queue)
    queue.close()
    queue.wait(None)
