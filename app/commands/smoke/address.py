"""The address of a service: the scheme, the host, the port and the path prefix of its URL, and whom to trust there."""

from __future__ import annotations

import http.client
import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_RULE = "must be like http://127.0.0.1:8000 or https://example.com/ml: without a user, a query or a fragment"


class AddressUnusable(ValueError):
    """A text that is not the URL of a service."""

    def __init__(self, reason: str) -> None:
        # The text is not quoted: it may hold a password.
        super().__init__(f"The URL {reason}.")


class AuthorityUnusable(AddressUnusable):
    """A text that is no certificate of an authority."""

    def __init__(self) -> None:
        super().__init__("cannot be trusted: the authority is no certificate in PEM")


@dataclass(frozen=True)
class ServiceAddress:
    """The address of a service, below which its paths are."""

    scheme: str
    host: str
    port: int
    prefix: str
    """What stands before each of the service's paths: empty, or `/` and more, without a slash at its end."""
    authority: str | None = None
    """The certificate, in PEM, of the only authority that is trusted there; `None` for those of the machine."""

    @classmethod
    def parse(cls, url: str, authority: str | None = None) -> ServiceAddress:
        """Return the address that `url` names, where `authority` is to vouch. Raises `AddressUnusable`."""
        if not url.isascii() or re.search(r"[\x00-\x20\x7f?#@\\]", url):
            raise AddressUnusable(_RULE)
        try:
            parts = urlsplit(url)
            port = _PORTS[parts.scheme] if parts.port is None else parts.port
            host = parts.hostname or ""
            host.encode("idna")
        except (KeyError, ValueError) as error:  # another scheme, a port or a host that is none
            raise AddressUnusable(_RULE) from error
        if not host or not port:
            raise AddressUnusable(_RULE)
        if authority is not None:
            _build_context(authority)
        return cls(parts.scheme, host, port, parts.path.rstrip("/"), authority)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.prefix}"

    def build_connection(self, timeout_seconds: float) -> http.client.HTTPConnection:
        """Return a connection that is not opened yet.

        Over TLS the certificate is checked against the authorities of the machine, or those in SSL_CERT_FILE.
        """
        if self.scheme == "http":
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout_seconds)
        context = _build_context(self.authority)
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout_seconds, context=context)


def _build_context(authority: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=authority)
    except (ssl.SSLError, ValueError) as error:
        raise AuthorityUnusable from error
