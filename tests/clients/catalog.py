"""The clients of the tests: how each is told to send a request, and what it cannot do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.clients.client import Client, Request, read_body_and_log, read_printed, read_saved

FOLDER = Path(__file__).parent / "programs"
MONO_PROGRAM = "Client.exe"
"""What its compiler makes of Client.cs."""

_PRINT = ["--silent", "--write-out", "\\n%{http_code} %{content_type}\\n"]
# wget asks again where a connection breaks, unless it is told not to.
_WGET = ["--no-config", "--quiet", "--tries=1", "--output-document=-", "--content-on-error", "--save-headers"]

Build = Callable[[Request, int], Sequence[str]]


def _curl(*options: str) -> Build:
    def build(request: Request, times: int) -> list[str]:
        command = ["curl", "--disable", *_PRINT, *options, "--request", request.method, *[request.url] * times]
        if request.body_file is None:
            return command
        return [*command, "--data-binary", f"@{request.body_file}", "--header", f"Content-Type: {request.content_type}"]

    return build


def _wget(request: Request, times: int) -> list[str]:
    command = ["wget", *_WGET, *[request.url] * times]
    if request.body_file is None:
        return command
    return [*command, f"--post-file={request.body_file}", f"--header=Content-Type: {request.content_type}"]


def _busybox_wget(request: Request, times: int) -> list[str]:
    command = ["busybox", "wget", "-S", "-O", "-", request.url]
    if request.body_file is None:
        return command
    return [*command, "--post-file", f"{request.body_file}", "--header", f"Content-Type: {request.content_type}"]


def _own(*command: str) -> Build:
    def build(request: Request, times: int) -> list[str]:
        return [*command, request.method, request.url, str(times), *_name_body(request)]

    return build


def _script(program: str, script: str, *options: str) -> Build:
    return _own(program, str(FOLDER / script), *options)


def _name_body(request: Request) -> list[str]:
    return [] if request.body_file is None else [str(request.body_file), request.content_type]


CLIENTS = [
    # It never asks for a connection that goes on, unless it is given the header.
    Client("curl 1.0", _curl("--http1.0"), read_printed, keeps_connection=False),
    Client("curl 1.0 keep-alive", _curl("--http1.0", "--header", "Connection: keep-alive"), read_printed),
    Client("curl 1.1", _curl("--http1.1"), read_printed),
    Client("curl chunked", _curl("--http1.1", "--header", "Transfer-Encoding: chunked"), read_printed),
    # It offers to upgrade, which is not taken up.
    Client("curl h2c", _curl("--http2"), read_printed),
    Client("wget", _wget, read_saved),
    # It opens a connection for each request, and shows nothing but the status of an error.
    Client("busybox wget", _busybox_wget, read_body_and_log, keeps_connection=False, reads_errors=False),
    Client("LWP", _script("perl", "lwp.pl"), read_printed),
    Client("HTTP::Tiny", _script("perl", "http_tiny.pl"), read_printed),
    # A stream has a connection of its own.
    Client("PHP 1.0", _script("php", "streams.php", "1.0", ""), read_printed, keeps_connection=False),
    Client("PHP 1.1", _script("php", "streams.php", "1.1", ""), read_printed, keeps_connection=False),
    Client("net/http", _script("ruby", "net_http.rb"), read_printed),
    Client("Tcl http", _script("tclsh", "http.tcl"), read_printed),
    Client("Java", _script("java", "Client.java", "buffered"), read_printed),
    Client("Java chunked", _script("java", "Client.java", "chunked"), read_printed),
    # It offers to upgrade as well, unless it is told not to.
    Client("Java HttpClient", _script("java", "NewClient.java"), read_printed),
    Client("Mono", _own("mono", MONO_PROGRAM), read_printed),
]
# It reads to the end of the connection, whose end it has asked not to come.
PHP_KEEP_ALIVE = Client("PHP keep-alive", _script("php", "streams.php", "1.1", "keep-alive"), read_printed)
