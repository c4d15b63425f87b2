"""A proxy that takes a prefix off each path and says nothing of it to the service behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from tests.support.running_server import DEADLINE_SECONDS, RunningServer

PREFIX = "/ml"
_OF_ONE_CONNECTION = {"connection", "content-length", "transfer-encoding"}


@contextmanager
def run_prefix_proxy(server: RunningServer) -> Iterator[str]:
    """Run the proxy before `server`, and return the address of the service there; what lies beside it is 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{PREFIX}/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = f"{server.url}{self.path.removeprefix(PREFIX)}"
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
            answer = requests.request(
                self.command, url, headers=headers, data=body, allow_redirects=False, timeout=DEADLINE_SECONDS
            )
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _OF_ONE_CONNECTION:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_port}{PREFIX}"
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
