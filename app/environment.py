"""Environment variables: how each is read, what it means, and in the words of a sentence what it must be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from app.artifacts import InvalidVersionName, check_version_name

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PASSWORD = re.compile("//[^/@]*@")
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Variable:
    """What is known of a setting beside its name, type and default: how it is read, and what operators read of it."""

    parse: Callable[[str], Any]
    """What makes a value of the variable's text, or raises `ValueError` with what it must be."""
    meaning: str
    """What the README says of it; settings that say the same share a row there."""
    comment: str
    """What `.env.example` says above it; nothing where the comment of the one before is about both."""
    compute_default: Callable[[], Any] | None
    """What finds the default where it depends on the machine."""
    default_in_words: str
    """What the README calls a default that is no plain value."""


def variable(
    parse: Callable[[str], T],
    default: T,
    meaning: str,
    *,
    comment: str = "",
    compute_default: Callable[[], T] | None = None,
    default_in_words: str = "",
) -> T:
    """Return the field of a dataclass that stands for an environment variable of the same name, in capitals."""
    described = Variable(parse, meaning, comment, compute_default, default_in_words)
    # To a type checker the field is its default, as it is in the class.
    return field(default=default, metadata={Variable: described})


def get_variable(setting: Field[Any]) -> Variable:
    """Return what is known of the variable that a field stands for."""
    described: Variable = setting.metadata[Variable]
    return described


class EnvironmentReader:
    """Reads variables one by one and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def read(self, setting: Field[Any]) -> Any:
        """Return the value of a field of variables; its default where the variable is unset, empty or at fault."""
        name, described = setting.name.upper(), get_variable(setting)
        default = described.compute_default() if described.compute_default else setting.default
        text = self._environ.get(name, "").strip()
        if not text:
            return default
        try:
            return described.parse(text)
        except ValueError as error:
            self.faults.append(f"{name} {error}, not {_PASSWORD.sub('//...@', text)!r}")
            return default


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from `least` to `most`."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    """Return what reads one of `choices`, in upper or lower case."""

    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text.lower()

    return parse


def parse_flag(text: str) -> bool:
    """Return whether `text` is 1, not 0. Raises `ValueError`."""
    if text not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return text == "1"


def parse_host(text: str) -> str:
    """Return the name or address of a host. Raises `ValueError`."""
    if not _is_ip_address(text) and (not _HOST_NAME.fullmatch(text) or text.split(".")[-1].isdigit()):
        raise ValueError("must be a host name or an IP address")
    return text


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks, or single addresses, that `text` lists. Raises `ValueError`."""
    try:
        return tuple(ipaddress.ip_network(each.strip()) for each in text.split(","))
    except ValueError as error:
        raise ValueError("must be IP addresses or networks such as 10.0.0.0/8, with commas between them") from error


def parse_version(text: str) -> str:
    """Return the name of a version. Raises `ValueError`."""
    try:
        check_version_name(text)
    except InvalidVersionName as error:
        raise ValueError(error.rule) from error
    return text


def parse_url(text: str) -> str:
    """Return the URL of a server. Raises `ValueError`."""
    if not _is_url(text):
        raise ValueError("must be an http or https URL such as http://127.0.0.1:4318")
    return text


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, a bracket that is not closed
        return False
    return is_whole and text.isascii() and not re.search(r"[\s?#]", text)
