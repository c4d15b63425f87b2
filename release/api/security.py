"""Compares whom an operation lets in."""

from __future__ import annotations

from collections.abc import Iterator

# What callers must show: for each security scheme, the scopes they need.
Requirement = dict[str, list[str]]


def compare_security(old: list[Requirement], new: list[Requirement]) -> Iterator[str]:
    """Yield a sentence, without its full stop, for each way to be let in that is not enough any more."""
    for shown in old or [{}]:
        if not any(_suffices(shown, needed) for needed in new or [{}]):
            yield f"to call it {_describe(shown)} is no longer enough"


def _suffices(shown: Requirement, needed: Requirement) -> bool:
    return all(name in shown and set(scopes) <= set(shown[name]) for name, scopes in needed.items())


def _describe(shown: Requirement) -> str:
    schemes = [f"'{name}'" + (f" ({', '.join(scopes)})" if scopes else "") for name, scopes in shown.items()]
    return f"with {' and '.join(schemes)}" if schemes else "without credentials"
