from __future__ import annotations

import json

import pytest

from release.docker import ReleaseFailed
from release.stack import MAX_HISTORY, Record, build_next, mark_passed, read_record
from tests.release.scripted_docker import Refusal
from tests.release.scripted_swarm import STACK, ScriptedSwarm, build_release

FIRST, SECOND, THIRD = (build_release(number) for number in (1, 2, 3))


def test_labels_say_what_is_served_and_read_back(swarm: ScriptedSwarm) -> None:
    release = SECOND._replace(variables={"OTEL_EXPORTER_OTLP_ENDPOINT": 'a "b" $c é'})
    record = Record(release, True, (FIRST,))
    swarm.labels = record.to_labels()
    assert read_record(swarm, STACK) == record
    assert swarm.labels["ml-service.image"] == SECOND.image
    assert all(isinstance(value, str) for value in swarm.labels.values())


def test_a_label_of_another_release_says_nothing(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST, is_passed=False)
    mark_passed(swarm, STACK, SECOND)
    assert read_record(swarm, STACK) == Record(FIRST, False)
    mark_passed(swarm, STACK, FIRST)
    assert read_record(swarm, STACK) == Record(FIRST, True)


def test_there_is_no_record_where_there_is_no_stack(swarm: ScriptedSwarm) -> None:
    assert read_record(swarm, STACK) is None
    assert len(swarm.commands) == 1


@pytest.mark.parametrize("change", [{"release": None}, {"variables": "{"}, {"history": '[{"name": "a"}]'}])
def test_refuses_what_was_not_deployed_from_here(swarm: ScriptedSwarm, change: dict[str, str | None]) -> None:
    labels = {**Record(FIRST).to_labels(), **{f"ml-service.{name}": value for name, value in change.items()}}
    swarm.labels = {name: value for name, value in labels.items() if value is not None}
    with pytest.raises(ReleaseFailed) as refused:
        read_record(swarm, STACK)
    assert str(refused.value) == (f"The stack {STACK} was not deployed from here: remove it ('docker stack rm') first.")


def test_only_what_has_passed_becomes_history() -> None:
    first = build_next(None, FIRST)
    assert first == Record(FIRST)
    assert build_next(first._replace(is_passed=True), SECOND).history == (FIRST,)
    assert build_next(first, SECOND).history == ()


def test_keeps_the_last_ten() -> None:
    record = Record(FIRST, True)
    for number in range(2, 20):
        record = build_next(record, build_release(number))._replace(is_passed=True)
    assert [each.name for each in record.history] == [build_release(number).name for number in range(18, 8, -1)]
    assert len(record.history) == MAX_HISTORY == 10


def test_goes_back_to_the_newest_that_has_passed() -> None:
    assert Record(SECOND, True, (FIRST,)).find_safe() == Record(SECOND, True, (FIRST,))
    assert Record(THIRD, False, (SECOND, FIRST)).find_safe() == Record(SECOND, True, (FIRST,))


def test_goes_back_to_what_nobody_has_tested_where_there_is_nothing_else() -> None:
    assert Record(SECOND).find_safe() == Record(SECOND)


def test_a_rollback_goes_one_further_back_each_time() -> None:
    second = Record(THIRD, True, (SECOND, FIRST)).find_before()
    assert second == Record(SECOND, True, (FIRST,))
    assert second.find_before() == Record(FIRST, True)
    assert Record(FIRST, True).find_before() is None


def test_another_deployment_of_the_same_does_not_count() -> None:
    again = SECOND._replace(name="again")
    assert Record(again, True, (SECOND, FIRST)).find_before() == Record(FIRST, True)
    other = SECOND._replace(name="other", variables={"REPLICAS": "3"})
    assert Record(again, True, (other, FIRST)).find_before() == Record(other, True, (FIRST,))


def test_a_rollback_is_offered_also_where_what_serves_has_not_passed() -> None:
    assert Record(SECOND, False, (FIRST,)).find_before() == Record(FIRST, True)


def test_says_that_the_engine_does_not_answer(swarm: ScriptedSwarm) -> None:
    swarm.script["service ls"] = Refusal("no")
    with pytest.raises(Exception, match="failed: no$"):
        read_record(swarm, STACK)


def test_marks_without_waiting_and_nothing_else(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST, is_passed=False)
    before = json.dumps(swarm.labels)
    mark_passed(swarm, STACK, FIRST)
    assert swarm.commands == [f"service update --detach --label-add ml-service.passed={FIRST.name} {STACK}_ml-service"]
    assert json.dumps({**(swarm.labels or {}), "ml-service.passed": ""}) == before
