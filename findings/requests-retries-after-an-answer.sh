#!/usr/bin/env bash
# Expected: `HTTPAdapter(max_retries=3)` of requests repeats failed connections alone, as its documentation says:
#   never a request whose data has reached the server.
# Instead: urllib3 below it also repeats a request that was answered 413, 429 or 503 with a Retry-After header, for
#   each method that it holds to be idempotent, PUT and DELETE among them. Without the header it repeats none.
# It means: a server that begins to send Retry-After multiplies its load under stress, and a PUT is handled four
#   times. Hand over `Retry(3, respect_retry_after_header=False)` where that is not meant.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet requests==2.34.2 urllib3==2.8.0
cd "$folder"

python - << 'PYTHON'
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
import urllib3

received = []


class Busy(BaseHTTPRequestHandler):
    def do_GET(self):
        received.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.send_response(503)
        if self.path == "/later":
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST = do_GET

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
session = requests.Session()
session.mount("http://", requests.adapters.HTTPAdapter(max_retries=3))
print(f"requests {requests.__version__}, urllib3 {urllib3.__version__}")
print("Times that a server was asked, with max_retries=3, where only /later is answered with Retry-After:")
seen = {}
for method in ("GET", "PUT", "POST"):
    for path in ("/plain", "/later"):
        received.clear()
        url = f"http://127.0.0.1:{server.server_port}{path}"
        status = session.request(method, url, data=b"body").status_code
        seen[method, path] = len(received)
        print(f"    {method} {path}, answered {status}: {len(received)}")
if list(seen.values()) != [1, 4, 1, 4, 1, 1]:
    sys.exit("This has changed.")
PYTHON
