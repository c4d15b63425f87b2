"""X-Request-Start: when a proxy has taken a request in, which says how long its caller has been waiting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network

# Beyond this a proxy's clock is wrong rather than its caller patient.
_MOST_SECONDS = 3600.0
# nginx writes `t=` and seconds with a fraction, haproxy microseconds, Heroku's router milliseconds.
_START = re.compile(rb"(?:t=)?([0-9]{10,19}(?:\.[0-9]{1,9})?)")
_SCALES = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


def is_trusted(address: Any, proxies: Sequence[Network]) -> bool:
    """Return whether the client at `address` is one of these proxies."""
    if not proxies:
        return False
    try:
        client = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(client, "ipv4_mapped", None)
    return any((mapped or client) in network for network in proxies)


def measure_age(header: bytes, now: float) -> float:
    """Return how many seconds before `now`, since the epoch, a request has been taken in.

    It is 0 where the header says nothing of the kind, or names a moment that is to come, or long past.
    """
    found = _START.fullmatch(header.strip())
    if found is None:
        return 0.0
    number = float(found[1])
    scale = next((scale for least, scale in _SCALES if number >= least), 1.0)
    age = now - number / scale
    return age if 0 < age <= _MOST_SECONDS else 0.0
