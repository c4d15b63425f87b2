"""Names of columns that somebody asks for, and whether a table has them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from app.artifacts.errors import NotPublishable


def check_columns_exist(names: Collection[str], known: Sequence[str], where: str) -> None:
    """Raise `NotPublishable` for a name that is none of the columns `known`, with the one that is nearest."""
    for name in names:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            remedy = f"is it {nearest[0]!r}?" if nearest else f"there are {_list_few(known)}."
            raise NotPublishable(f"{where} has no column {name!r}: {remedy}")


def _list_few(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
