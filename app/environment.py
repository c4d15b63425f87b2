"""Reads environment variables: each parser says, in the words of a sentence, what a variable must be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from app.artifacts import InvalidVersionName, check_version_name

T = TypeVar("T")

_PASSWORD = re.compile("//[^/@]*@")
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class EnvironmentReader:
    """Reads variables one by one and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def parse(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return the variable `name` as `parse` reads it; `default` where it is unset, empty or at fault."""
        text = self._environ.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
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
