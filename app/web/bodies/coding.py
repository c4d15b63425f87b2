"""Codings of a body: what its Content-Encoding says is undone, as far as the body may be long."""

from __future__ import annotations

import zlib

from app.web.bodies.errors import BodyError, BodyTooLarge, UnsupportedCoding

ACCEPTED_CODINGS = "gzip, deflate"

_GZIP, _ZLIB, _BARE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


def check_coding(header: str) -> str | None:
    """Return the coding that a Content-Encoding names; `None` where it names none. Raises `UnsupportedCoding`."""
    codings = [coding.strip().lower().removeprefix("x-") for coding in header.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in ("gzip", "deflate"):
        raise UnsupportedCoding(ACCEPTED_CODINGS)
    return codings[0]


def decode_body(body: bytes, coding: str, max_body_bytes: int) -> bytes:
    """Return the body before it was coded.

    Raises `BodyTooLarge` where it is longer than it may be, having made no more of it than that, and `BodyError` where
    nothing was coded so.
    """
    decoded = bytearray()
    while body:
        inflater = zlib.decompressobj(_choose_format(body, coding))
        try:
            decoded += inflater.decompress(body, max_body_bytes - len(decoded) + 1)
        except zlib.error as error:
            raise BodyError(f"The body is not what Content-Encoding says: {coding}.") from error
        if len(decoded) > max_body_bytes:
            raise BodyTooLarge(max_body_bytes)
        if not inflater.eof:
            raise BodyError(f"The body ends before what Content-Encoding says does: {coding}.")
        body = inflater.unused_data  # what is coded by gzip may have several members, one after the other
        if body and coding == "deflate":
            raise BodyError("The body goes on where what Content-Encoding says has ended: deflate.")
    return bytes(decoded)


def _choose_format(body: bytes, coding: str) -> int:
    """Return how zlib calls the format: some send "deflate" without its frame (RFC 9110, section 8.4.1.2)."""
    if coding == "gzip":
        return _GZIP
    is_framed = len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2]) % 31 == 0
    return _ZLIB if is_framed else _BARE
