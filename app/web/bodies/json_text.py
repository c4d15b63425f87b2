"""JSON text to values: fast for what is plain, exact for what is odd.

orjson reads the plain text. What it refuses although old clients send it (NaN, Infinity, numbers beyond float64), and
what it resolves in silence (a key given twice), is read again by the standard library's parser, which keeps track.
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from typing import Any

import orjson

from app.columns.faults import FaultKind
from app.columns.json_object import RepeatingObject
from app.web.bodies.errors import BodyError


def parse_json(body: bytes) -> Any:
    """Return the value that the JSON text `body` holds; numbers beyond float64 become infinite.

    A byte-order mark is passed over, as RFC 8259 allows. Raises `BodyError`.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    if not body:
        raise BodyError("The body is empty; a JSON object was expected.")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _parse_exactly(body, error)
    return _parse_exactly(body) if _may_repeat_keys(body, document) else document


def _parse_exactly(body: bytes, refusal: orjson.JSONDecodeError | None = None) -> Any:
    try:
        # parse_int: a decimal literal of any length becomes a float, in time linear in its length.
        return json.loads(body.decode(), parse_int=float, object_pairs_hook=_build_object)
    except UnicodeDecodeError as error:
        message = f"The body is not UTF-8: byte {error.start} is not part of a character."
        raise BodyError(message, FaultKind.NOT_UTF8) from error
    except RecursionError as error:
        raise BodyError("The body is nested too deeply.") from error
    except json.JSONDecodeError as error:
        # Each parser stops where it understands no more: the one that came further stopped at the real fault.
        place = max(refusal or error, error, key=lambda fault: fault.pos)
        what = "it ends too early," if place.pos >= len(place.doc) else "unexpected"
        raise BodyError(
            f"The body is not JSON: {what} at character {place.pos} (line {place.lineno}, column {place.colno})."
        ) from error


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    document = RepeatingObject(plain)
    document.repeated = tuple(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return document


def _may_repeat_keys(body: bytes, document: Any) -> bool:
    """Return whether `body` has more colons than a text of `document`'s keys would have.

    Counted are the object itself and the objects one and two levels below, which is where a right request has objects.
    A text with a backslash may hide a colon or a key, so it counts as suspect; the exact parser then has the last word.
    """
    if not isinstance(document, dict):
        return False
    colons = _count_colons(document)
    for value in document.values():
        if type(value) is dict:
            colons += _count_colons(value)
        elif type(value) is list:
            colons += sum(_count_colons(row) for row in value if type(row) is dict)
    return body.count(b":") != colons or b"\\" in body


def _count_colons(document: dict[str, Any]) -> int:
    return len(document) + "".join(document).count(":")
