"""Stands for Grafana in its container: answers the health check, and shows the files and the settings it was given."""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDERS = ("/etc/grafana/provisioning", "/var/lib/grafana/dashboards")


class Handler(BaseHTTPRequestHandler):
    """Answers every path with what there is."""

    def do_GET(self) -> None:
        """Answer with the files and the variables."""
        files = {
            str(file): file.read_text() for folder in FOLDERS for file in Path(folder).rglob("*") if file.is_file()
        }
        variables = {name: value for name, value in os.environ.items() if name.startswith("GF_")}
        body = json.dumps({"files": files, "variables": variables}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 3000), Handler).serve_forever()
