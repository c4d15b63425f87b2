"""Names the replicas of the service, as Docker's name server does, from a list that a test may change meanwhile."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from socketserver import BaseRequestHandler, UDPServer

# "ml-service", type A, class IN; the header of 12 bytes stands before it.
_QUESTION = b"\x0aml-service\x00\x00\x01\x00\x01"
_HEADER_BYTES = 12
_IS_ANSWER, _NAME_UNKNOWN = 0x8180, 0x8183
# The name (that of the question), type A, class IN; then Docker's time to live, which is far too long to go by.
_RECORD = struct.Struct("!HHHIH4s")
_NAME, _A, _IN, _TTL_SECONDS = 0xC00C, 1, 1, 600


class NameServer(UDPServer):
    """Answers that ml-service is at `addresses`, in this order; that there is no such name when they are none."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.addresses = list(addresses)

    @property
    def port(self) -> int:
        """Where it listens, by UDP."""
        port: int = self.server_address[1]
        return port


@contextmanager
def name_replicas(*addresses: str) -> Iterator[NameServer]:
    """Run a name server until the `with` block ends."""
    with NameServer(addresses) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseRequestHandler):
    server: NameServer

    def handle(self) -> None:
        query, client = self.request
        question = query[_HEADER_BYTES:]
        addresses = list(self.server.addresses) if question.lower() == _QUESTION else []
        flags = _IS_ANSWER if addresses else _NAME_UNKNOWN
        header = query[:2] + struct.pack("!5H", flags, 1, len(addresses), 0, 0)
        records = [_RECORD.pack(_NAME, _A, _IN, _TTL_SECONDS, 4, socket.inet_aton(each)) for each in addresses]
        client.sendto(header + question + b"".join(records), self.client_address)
