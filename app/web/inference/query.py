"""Query parameters of a prediction: how many decimals its probabilities have. Others are refused, not ignored."""

from __future__ import annotations

from flask import Request

from app.columns.faults import MAX_QUOTED_NAME_LENGTH, FaultKind, RequestRefused
from app.outputs.output import MOST_DECIMALS, PROBABILITY_DECIMALS

_DIGITS = "digits"

DIGITS_PARAMETER = {
    "name": _DIGITS,
    "in": "query",
    "description": f"To how many decimals probabilities are rounded; {MOST_DECIMALS}: not at all.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST_DECIMALS, "default": PROBABILITY_DECIMALS},
}


class QueryRefused(RequestRefused):
    """A query parameter that is unknown, repeated or no number: whoever sends it counts on its effect."""

    def __init__(self, message: str, kind: FaultKind) -> None:
        self.kinds = (kind,)
        super().__init__(message)


def read_decimals(request: Request) -> int:
    """Return to how many decimals the probabilities are rounded. Raises `QueryRefused`."""
    if not request.environ.get("QUERY_STRING"):
        return PROBABILITY_DECIMALS
    parameters = request.args
    for name in parameters:
        if name != _DIGITS:
            raise QueryRefused(f"The query parameter {_quote(name)} is unknown; there is 'digits'.", FaultKind.UNKNOWN)
    texts = parameters.getlist(_DIGITS)
    if len(texts) > 1:
        raise QueryRefused("The query parameter 'digits' is given more than once.", FaultKind.REPEATED)
    if not texts:
        return PROBABILITY_DECIMALS
    text = texts[0]
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= MOST_DECIMALS):
        rule = f"must be a whole number from 1 to {MOST_DECIMALS}"
        raise QueryRefused(f"The query parameter 'digits' {rule}.", FaultKind.OUT_OF_RANGE)
    return int(text)


def _quote(name: str) -> str:
    printable = name if name.isprintable() and len(name) <= MAX_QUOTED_NAME_LENGTH else ""
    return repr(printable) if printable else f"of {len(name)} character{'' if len(name) == 1 else 's'}"
