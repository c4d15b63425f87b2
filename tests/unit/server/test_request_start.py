"""When a proxy has taken a request in, as each kind of proxy writes it."""

from __future__ import annotations

import pytest

from app.environment import parse_networks
from app.server.request_start import is_trusted, measure_age

NOW = 1_800_000_060.0


@pytest.mark.parametrize(
    "header",
    [
        b"t=1800000000.000",
        b"1800000000.000",
        b"1800000000",
        b"1800000000000",
        b"t=1800000000000",
        b"t=1800000000000000",
        b"1800000000000000000",
        b" t=1800000000.0 ",
    ],
)
def test_reads_the_moment_in_any_unit(header: bytes) -> None:
    assert measure_age(header, NOW) == pytest.approx(60.0, abs=1e-3)


@pytest.mark.parametrize(
    "header",
    [b"", b"now", b"t=", b"-1800000000", b"1e9", b"1800000000,1800000000", b"17" * 20, b"t=1800000000.", b"60"],
)
def test_what_is_no_moment_says_nothing(header: bytes) -> None:
    assert measure_age(header, NOW) == 0


@pytest.mark.parametrize("moment", [NOW + 0.5, NOW + 86_400, NOW - 3601])
def test_a_moment_to_come_or_long_past_says_nothing(moment: float) -> None:
    assert measure_age(b"t=%.3f" % moment, NOW) == 0


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("192.0.2.1", True),
        ("192.0.2.2", False),
        ("::1", False),
        ("", False),
    ],
)
def test_trusts_the_proxies_that_are_named(address: str, trusted: bool) -> None:
    assert is_trusted(address, parse_networks("10.0.0.0/8, 192.0.2.1")) is trusted


def test_trusts_nobody_by_default() -> None:
    assert not is_trusted("127.0.0.1", ())


@pytest.mark.parametrize("text", ["proxy", "10.0.0.1/8", "10.0.0.0/8;10.1.0.0/16", ","])
def test_refuses_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match="^must be IP addresses or networks such as"):
        parse_networks(text)
