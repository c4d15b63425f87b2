#!/usr/bin/env bash
# Expected: httpx, whose interface is that of requests, adds `params` to the query that a URL has already.
# Instead: `params` replaces the URL's query, an empty dictionary included, and a None in it is sent as an empty value
#   where requests leaves the name out. True is sent as `true`, and by requests as `True`.
# It means: moved from requests to httpx, a base URL with a version or a tenant in its query loses it whenever a call
#   has parameters of its own, and optional filters arrive as "". Test what is sent, not what is called.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet httpx==0.28.1 requests==2.34.2
cd "$folder"

python - << 'PYTHON'
import sys
from importlib.metadata import version

import httpx
import requests

URL = "http://localhost/rows?tenant=7"
calls = ({"page": 2}, {}, {"colour": None}, {"open": True})
print(f"httpx {version('httpx')}, requests {version('requests')}")
print(f"What is asked for with {URL} and these params, by requests and by httpx:")
seen = []
for params in calls:
    by_requests = requests.Request("GET", URL, params=params).prepare().url.partition("?")[2]
    by_httpx = httpx.Request("GET", URL, params=params).url.query.decode()
    seen.append((by_requests, by_httpx))
    print(f"    {params}: {by_requests!r}, {by_httpx!r}")
expected = [
    ("tenant=7&page=2", "page=2"),
    ("tenant=7", ""),
    ("tenant=7", "colour="),
    ("tenant=7&open=True", "open=true"),
]
if seen != expected:
    sys.exit("This has changed.")
PYTHON
