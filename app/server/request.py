"""A request, as it has arrived: its head, and as much of its body as there is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class HttpRequest:
    """One request of a connection. Its parser fills it; a complete one only changes by being answered."""

    began_at: float
    """When its first byte was read, by the monotonic clock."""
    method: str = ""
    target: bytes = b""
    version: str = "1.1"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Names in lower case, with their values, in their order."""
    has_head: bool = False
    """Whether the head is whole, and allowed."""
    is_complete: bool = False
    completed_at: float = 0.0
    """When its last byte was read."""
    keeps_connection: bool = False
    """Whether the client expects that the connection goes on after the answer."""
    expects_continue: bool = False
    """Whether the client sends the body only once it is asked to."""
    chunks: list[bytes] = field(default_factory=list)
    """The body that has arrived, no further than a byte beyond the limit."""
    n_body_bytes: int = 0
    """How much of the body has arrived, kept or not."""
    is_broken: bool = False
    """Whether the body cannot be read to its end: what follows is no chunk."""
    is_overlong: bool = False
    """Whether the body is longer than anything that is read."""
    is_discarding: bool = False
    """Whether the rest of the body is of no use: the request has been answered."""

    @property
    def body(self) -> bytes:
        """The body that has arrived."""
        return self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)

    def get_header(self, name: bytes) -> bytes | None:
        """Return the value of the first header that is called `name`, which is in lower case."""
        return next((value for known, value in self.headers if known == name), None)
