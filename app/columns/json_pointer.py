"""JSON Pointers in their URI fragment form (RFC 6901, section 6)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

# What RFC 3986 allows in a fragment without percent-encoding, "/" excepted: it separates the tokens.
_SAFE = "!$&'()*+,;=:@?-._~"


def to_pointer(path: Iterable[str | int]) -> str:
    """Return the pointer to the value at `path`: `#/instances/1/mean%20radius`."""
    return "#" + "".join(f"/{_escape(str(token))}" for token in path)


def _escape(token: str) -> str:
    # A lone surrogate, which JSON can write and UTF-8 cannot, becomes a question mark.
    return quote(token.replace("~", "~0").replace("/", "~1"), safe=_SAFE, errors="replace")
