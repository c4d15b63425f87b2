"""Faults: what is wrong with an input, each with its place, the first few listed and all of them counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from app.columns.json_pointer import to_pointer

MAX_LISTED_FAULTS = 20
MAX_QUOTED_NAME_LENGTH = 128

Place = tuple[str | int, ...]

T = TypeVar("T")


class FaultKind(StrEnum):
    """What sort of fault a request has, for those who count them."""

    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    INCOMPLETE = "incomplete"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    MISSING = "missing"
    UNKNOWN = "unknown"
    REPEATED = "repeated"
    WRONG_TYPE = "wrong_type"
    WRONG_LENGTH = "wrong_length"
    NOT_FINITE = "not_finite"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_CATEGORY = "unknown_category"
    BATCH_SIZE = "batch_size"
    NOT_COMPUTABLE = "not_computable"


@dataclass(frozen=True)
class Fault:
    """One value of the input that breaks a rule. `message` states the rule and never the value."""

    path: Place
    message: str
    kind: FaultKind

    @property
    def pointer(self) -> str:
        """The JSON Pointer to the value in the caller's body."""
        return to_pointer(self.path)


class RequestRefused(Exception):
    """What a request can be refused for; the base of all such errors, from its body to the model's arithmetic."""

    kinds: Collection[FaultKind] = ()
    """What is counted of the request."""


class InvalidInput(RequestRefused, ValueError):
    """An input breaks its contract.

    `faults` lists the first of its faults, `kinds` says of what kinds those are, `total` counts all of them.
    """

    def __init__(self, faults: Iterable[Fault], total: int) -> None:
        self.faults = tuple(faults)
        self.total = total
        self.kinds = frozenset(fault.kind for fault in self.faults)
        listed = " ".join(f"{fault.pointer} {fault.message}." for fault in self.faults)
        super().__init__(listed if total == len(self.faults) else f"{listed} (and {total - len(self.faults)} more)")


class FaultList:
    """Gathers faults: keeps the first `MAX_LISTED_FAULTS` of them, counts all."""

    def __init__(self) -> None:
        self.listed: list[Fault] = []
        self.total = 0

    def add(self, path: Place, message: str, kind: FaultKind) -> None:
        """Add the fault at `path`."""
        self.total += 1
        if len(self.listed) < MAX_LISTED_FAULTS:
            self.listed.append(Fault(path, message, kind))

    def list_first(self, culprits: list[T]) -> list[T]:
        """Return those of `culprits` whose faults will be listed, to be added by the caller, and count the others.

        Composing a message that is not listed would cost more than finding the fault.
        """
        to_list = culprits[: MAX_LISTED_FAULTS - len(self.listed)]
        self.total += len(culprits) - len(to_list)
        return to_list

    def add_key(self, path: Place, key: str, message: str, kind: FaultKind) -> None:
        """Add a fault of the key `key` of the object at `path`; a key too long to quote is only described."""
        if len(key) > MAX_QUOTED_NAME_LENGTH:
            self.add(path, f"has a key of {len(key)} characters, which {message}", kind)
        else:
            self.add((*path, key), message, kind)

    def extend(self, other: InvalidInput) -> None:
        """Add all faults of `other`."""
        self.listed = [*self.listed, *other.faults][:MAX_LISTED_FAULTS]
        self.total += other.total

    def raise_if_any(self) -> None:
        """Raise `InvalidInput` unless there is no fault."""
        if self.total:
            raise InvalidInput(self.listed, self.total)
