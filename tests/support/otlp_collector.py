"""A collector of OpenTelemetry's traces, for tests: it receives OTLP over HTTP and keeps all that it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


@dataclass(frozen=True)
class CollectedSpan:
    """A span as it arrived, with the attributes of its resource."""

    name: str
    kind: str
    is_error: bool
    trace_id: str
    span_id: str
    parent_span_id: str
    attributes: dict[str, Any]
    resource: dict[str, Any]


@dataclass
class Collector:
    """What a collector has been sent; while `is_silent` it receives requests and answers none."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    is_silent: bool = False
    _is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is to be set to."""
        return f"http://127.0.0.1:{self.port}"

    def list_spans(self) -> list[CollectedSpan]:
        """Return the spans that have arrived."""
        return [span for body in list(self.bodies) for span in _parse(body)]

    def receive(self, path: str, body: bytes) -> int:
        """Keep `body`, if it is posted to where traces are, and return the status of the answer."""
        if path != "/v1/traces":
            return 404
        self.bodies.append(body)
        if self.is_silent:
            self._is_over.wait()
        return 200

    def end(self) -> None:
        """Let those go that wait for an answer."""
        self._is_over.set()


@contextmanager
def run_collector() -> Iterator[Collector]:
    """Run a collector until the `with` block ends."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        """Hands on to the collector what is posted."""

        def do_POST(self) -> None:
            """Answer with nothing, which is a whole answer of OTLP."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(collector.receive(self.path, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield collector
        finally:
            collector.end()
            server.shutdown()
            thread.join()


def _parse(body: bytes) -> Iterator[CollectedSpan]:
    export = ExportTraceServiceRequest.FromString(body)
    for group in export.resource_spans:
        resource = _to_dict(group.resource.attributes)
        for span in (span for scope in group.scope_spans for span in scope.spans):
            yield CollectedSpan(
                span.name,
                Span.SpanKind.Name(span.kind),
                span.status.code == Status.STATUS_CODE_ERROR,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                _to_dict(span.attributes),
                resource,
            )


def _to_dict(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
