"""Numerals: which texts of a file are numbers, and which of them look like numbers without being any."""

from __future__ import annotations

import math
import re

# As JSON writes numbers, which is how requests will write them.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# What people and programs write besides: 1,5 and 1_000, 007, +1, .5, 12 %, 0x10, " 3".
_LIKE_NUMBER = re.compile(r"\s*[+-]?(?:0[xX][0-9a-fA-F]+|[0-9.,_' ]*[0-9][0-9.,_' ]*(?:[eE][+-]?[0-9]+)?\s*%?)\s*")


def is_integer(text: str) -> bool:
    """Return whether `text` is a number without a fraction or an exponent."""
    return _INTEGER.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Return whether `text` is a number as JSON writes it, and one that float64 holds."""
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def is_like_number(text: str) -> bool:
    """Return whether somebody who wrote `text` is likely to have meant a number."""
    return _LIKE_NUMBER.fullmatch(text) is not None
