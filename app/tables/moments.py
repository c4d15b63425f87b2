"""Moments: which texts of a file are date-times, and which lack nothing but a zone."""

from __future__ import annotations

from datetime import UTC, datetime

from app.columns.date_time import DateTimeColumn

_MOMENTS = DateTimeColumn("")


def is_moment(text: str) -> bool:
    """Return whether `text` is a date, or a date-time with its zone, as requests write them."""
    return _MOMENTS.accepts(text)


def is_readable_moment(text: str) -> bool:
    """Return whether `text` is such a moment, or a date-time without a zone."""
    return parse_moment(text) is not None


def parse_moment(text: str) -> datetime | None:
    """Return the moment, in UTC; a text without a zone is taken to be of UTC. `None` is for other texts."""
    moment = _MOMENTS.parse(text)
    return moment if moment is not None else _parse_without_zone(text)


def _parse_without_zone(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None and _MOMENTS.accepts(moment) else None
