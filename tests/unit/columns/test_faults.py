from __future__ import annotations

import pytest

from app.columns.faults import Fault, FaultKind, FaultList, InvalidInput


def collect(n_faults: int) -> FaultList:
    faults = FaultList()
    for index in range(n_faults):
        faults.add(("features", index), "must be a finite number", FaultKind.NOT_FINITE)
    return faults


def test_no_fault_raises_nothing() -> None:
    FaultList().raise_if_any()


def test_the_message_names_each_place_and_its_rule() -> None:
    with pytest.raises(InvalidInput) as refused:
        collect(2).raise_if_any()
    assert str(refused.value) == "#/features/0 must be a finite number. #/features/1 must be a finite number."


@pytest.mark.parametrize(("n_faults", "n_listed"), [(1, 1), (19, 19), (20, 20), (21, 20), (15_360, 20)])
def test_lists_the_first_twenty_faults_and_counts_all(n_faults: int, n_listed: int) -> None:
    faults = collect(n_faults)
    assert [fault.pointer for fault in faults.listed] == [f"#/features/{index}" for index in range(n_listed)]
    assert faults.total == n_faults


def test_the_message_says_how_many_faults_are_not_listed() -> None:
    with pytest.raises(InvalidInput, match=r"^#/features/0 must .* number\. \(and 3 more\)$"):
        collect(23).raise_if_any()


@pytest.mark.parametrize(("n_faults", "n_listed"), [(0, 20), (19, 1), (20, 0), (21, 0)])
def test_lists_as_many_culprits_as_will_be_listed_and_counts_the_others(n_faults: int, n_listed: int) -> None:
    faults = collect(n_faults)
    culprits = list(range(30))
    assert faults.list_first(culprits) == culprits[:n_listed]
    assert faults.total == n_faults + 30 - n_listed


def test_adds_the_faults_of_another_and_their_count() -> None:
    faults = collect(15)
    faults.extend(
        InvalidInput([Fault(("x", index), "is missing", FaultKind.MISSING) for index in range(20)], total=100)
    )
    assert [fault.pointer for fault in faults.listed[14:16]] == ["#/features/14", "#/x/0"]
    assert (len(faults.listed), faults.total) == (20, 115)


def test_names_a_key_at_fault_by_its_pointer() -> None:
    faults = FaultList()
    faults.add_key(("features",), "k" * 128, "is not a feature", FaultKind.UNKNOWN)
    assert faults.listed == [Fault(("features", "k" * 128), "is not a feature", FaultKind.UNKNOWN)]


def test_only_describes_a_key_that_is_too_long_to_quote() -> None:
    faults = FaultList()
    faults.add_key(("features",), "k" * 129, "is not a feature", FaultKind.UNKNOWN)
    assert faults.listed == [
        Fault(("features",), "has a key of 129 characters, which is not a feature", FaultKind.UNKNOWN)
    ]
