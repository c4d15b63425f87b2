"""Runs a client, which is a program of its own, and tells what it says of the answers that it has had."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.programs import find_program
from tests.support.running_server import DEADLINE_SECONDS

# What our own clients print, and curl by its option --write-out: the body, and behind it a line with status and type.
_PRINTED = re.compile(rb"(.*?)\n(\d{3}) ([^\n]*)\n", re.DOTALL)
_HEAD_FOLLOWS = re.compile(rb"(?=HTTP/1\.[01] \d{3} )")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_CONTENT_TYPE = re.compile(rb"^\s*Content-Type: ([^\r\n]*)", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """An answer, as a client has understood it."""

    status: int
    content_type: str
    body: bytes

    @property
    def json(self) -> Any:
        """The value of the body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Request:
    """What a client is to send."""

    method: str
    url: str
    body_file: Path | None = None
    content_type: str = "application/json"


Ended = subprocess.CompletedProcess[bytes]


@dataclass(frozen=True)
class Client:
    """A client: how it is told to send a request so many times, and how its answers are read."""

    name: str
    build_command: Callable[[Request, int], Sequence[str]]
    """The first word is a program that is looked for."""
    read_answers: Callable[[Ended], list[Answer]]
    keeps_connection: bool = True
    """Whether it can send several requests on one connection."""
    reads_errors: bool = True
    """Whether it shows the body of an answer that is an error."""

    def __str__(self) -> str:
        return self.name

    def ask(self, request: Request, times: int, folder: Path) -> list[Answer]:
        """Send `request` so many times and return the answers. Raises `AssertionError` where there are fewer."""
        ended = run(*self.build_command(request, times), folder=folder)
        answers = self.read_answers(ended)
        assert len(answers) == times, f"{self.name}, status {ended.returncode}: {ended.stderr!r} {ended.stdout!r}"
        return answers


def run(name: str, *arguments: str, folder: Path | None = None) -> Ended:
    """Run a program in `folder` to its end, with no proxy in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(
        [find_program(name), *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=DEADLINE_SECONDS,
    )


def read_printed(ended: Ended) -> list[Answer]:
    """Return the answers of a client that prints each body, and behind it a line with status and type."""
    found = _PRINTED.findall(ended.stdout)
    return [Answer(int(status), content_type.decode(), body) for body, status, content_type in found]


def read_saved(ended: Ended) -> list[Answer]:
    """Return the answers of a client that prints them as they are, heads and all."""
    return [_read_whole(part) for part in _HEAD_FOLLOWS.split(ended.stdout) if part]


def _read_whole(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    return Answer(int(_STATUS.findall(head)[0]), _CONTENT_TYPE.findall(head)[0].decode(), body)


def read_body_and_log(ended: Ended) -> list[Answer]:
    """Return the answer of a client that prints bodies, and heads among its messages, whose types it may not show."""
    statuses = _STATUS.findall(ended.stderr)
    content_types = _CONTENT_TYPE.findall(ended.stderr) or [b""]
    return [Answer(int(statuses[-1]), content_types[-1].decode(), ended.stdout)] if statuses else []
