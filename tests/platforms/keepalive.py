"""What the server does with connections, which proxies in front of it have to know."""

from __future__ import annotations

import re

from tests.support.running_server import ROOT


def read_keepalive_seconds() -> int:
    """Return how long the server keeps an idle connection open."""
    (seconds,) = re.findall(r"^keepalive = (\d+)$", (ROOT / "gunicorn.conf.py").read_text(), re.MULTILINE)
    return int(seconds)
