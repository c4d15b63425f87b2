"""Kinds of columns of texts: which kind the texts are of, and why."""

from __future__ import annotations

from typing import NamedTuple

from app.columns.integer import LARGEST_INTEGER
from app.tables.kinds import are_categories
from app.tables.moments import is_moment, is_readable_moment
from app.tables.numerals import is_integer, is_like_number, is_number
from app.tables.text_table import BOOLEANS, TextColumn

# So many of the texts must look alike before the others are worth a word.
_MOST = 0.8


BEYOND_FLOATS = "whole numbers beyond 2**53, which float64 does not hold; "


class FoundKind(NamedTuple):
    """The kind of a column, and why it is that one."""

    kind: str
    reason: str


def find_kind(column: TextColumn) -> FoundKind:
    """Return what kind the texts of a column are of: all that are there, or it is another kind."""
    distinct = set(column.texts)
    if not distinct:
        return FoundKind("number", "no values at all")
    if distinct <= BOOLEANS.keys():
        return FoundKind("boolean", "true and false")
    if all(map(is_integer, distinct)):
        return _find_kind_of_integers(column, distinct)
    if all(map(is_number, distinct)):
        return FoundKind("number", "numbers")
    if all(map(is_moment, distinct)):
        return FoundKind("date-time", "dates, or date-times with a zone")
    return find_kind_of_words(column, distinct, _find_doubt(column, distinct))


def _find_kind_of_integers(column: TextColumn, distinct: set[str]) -> FoundKind:
    if all(abs(int(text)) <= LARGEST_INTEGER for text in distinct):
        return FoundKind("integer", "whole numbers")
    return find_kind_of_words(column, distinct, BEYOND_FLOATS)


def find_kind_of_words(column: TextColumn, distinct: set[str], before: str = "") -> FoundKind:
    """Return whether the texts, which mean nothing but themselves, are categories; `before` begins the reason."""
    kind = "category" if are_categories(column.texts) else "text"
    return FoundKind(kind, f"{before}{len(distinct)} distinct texts in {len(column.texts)} rows")


def _find_doubt(column: TextColumn, distinct: set[str]) -> str:
    """Return what most of the texts look like, and which of them are the reason that they are none of that."""
    numbers = {text for text in distinct if is_number(text)}
    alike = numbers | {text for text in distinct if is_like_number(text)}
    if sum(text in alike for text in column.texts) >= _MOST * len(column.texts):
        return _name_others(column, numbers, "numbers")
    moments = {text for text in distinct if is_moment(text)}
    alike = moments | {text for text in distinct if is_readable_moment(text)}
    if sum(text in alike for text in column.texts) >= _MOST * len(column.texts):
        return _name_others(column, moments, "date-times with a zone")
    return ""


def _name_others(column: TextColumn, right: set[str], what: str) -> str:
    others = [place for place, text in enumerate(column.texts) if text not in right]
    values = "1 value," if len(others) == 1 else f"{len(others)} values such as"
    return f"looks like {what} but for {values} {column.locate(others[0])}; "
