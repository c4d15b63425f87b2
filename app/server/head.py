"""The head of a request: what llhttp leaves to its user to check."""

from __future__ import annotations

import re

from app.server.refusal import MALFORMED, NotHttp
from app.server.request import HttpRequest

KNOWN_METHODS = "GET, HEAD, OPTIONS, POST"

_VERSION = re.compile(r"1\.[0-9]")
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_ABSOLUTE = re.compile(rb"https?://[^/?#]+", re.IGNORECASE)
_FRAMING = (b"content-length", b"transfer-encoding")
_SINGLE = (b"host", b"content-type")


def refuse(detail: str) -> NotHttp:
    """Return why something is no request that is served."""
    return NotHttp(400, f"{MALFORMED} {detail}")


def refuse_method() -> NotHttp:
    """Return why nothing answers to the method of a request, at whatever path."""
    return NotHttp(405, "There is nothing that answers to this method.", (("Allow", KNOWN_METHODS),))


def write_framing(request: HttpRequest) -> bytes:
    """Return the header fields that say how long the body of a request is; nothing where it has none."""
    return b"".join(b"%b: %b\r\n" % field for field in request.headers if field[0] in _FRAMING)


def check_head(request: HttpRequest) -> None:
    """Check what llhttp does not, and keep what the head says. Raises `NotHttp`."""
    if not _VERSION.fullmatch(request.version):
        raise refuse("Its version of HTTP is not served; there are 1.0 and 1.1.")
    if request.version != "1.0":
        request.version = "1.1"  # a later one of the same kind is to be taken for the last that is known
    names = [name for name, _ in request.headers]
    if any(names.count(name) > 1 for name in _SINGLE):
        raise refuse("Host or Content-Type is there twice.")
    _check_host(request)
    _check_target(request)
    _check_coding(request)
    expectation = request.get_header(b"expect")
    if expectation is not None and expectation.lower() != b"100-continue":
        raise NotHttp(417, "The only expectation that can be met is 100-continue.")
    request.expects_continue = expectation is not None and request.version != "1.0"


def _check_host(request: HttpRequest) -> None:
    host = request.get_header(b"host")
    if host is None and request.version == "1.1":
        raise refuse("It has no Host, which HTTP/1.1 demands.")
    if host is not None and not _HOST.fullmatch(host):
        raise refuse("Its Host is no name or address of a host.")


def _check_target(request: HttpRequest) -> None:
    """Check that the target is a path, or reduce it to one."""
    target = request.target
    if request.method == "CONNECT":
        raise refuse_method()
    if target.startswith(b"/"):
        return
    absolute = _ABSOLUTE.match(target)
    if absolute is not None:
        path = target[absolute.end() :]
        request.target = path if path.startswith(b"/") else b"/" + path
    elif target != b"*" or request.method != "OPTIONS":
        raise refuse("Its target is no path.")


def _check_coding(request: HttpRequest) -> None:
    coding = request.get_header(b"transfer-encoding")
    if coding is None:
        return
    if request.version == "1.0":
        raise refuse("HTTP/1.0 has no Transfer-Encoding.")
    if coding.lower() != b"chunked":
        raise refuse("The only Transfer-Encoding that is served is chunked.")
