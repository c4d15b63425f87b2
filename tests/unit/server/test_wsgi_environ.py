"""What an application learns of a request."""

from __future__ import annotations

import pytest

from app.server.request import HttpRequest
from app.server.wsgi import Environ, WsgiServer
from tests.support.parsing import build_head, parse_one

CLIENT, SERVER = ("192.0.2.1", 4000), ("192.0.2.2", 8000)


def start_nothing(environ: Environ, start_response: object) -> list[bytes]:
    """Answer nothing: nobody asks this application."""
    return []


def build_environ(content: bytes) -> Environ:
    """Return what an application learns of the request in `content`."""
    return WsgiServer(start_nothing).build_environ(parse_one(content), CLIENT, SERVER)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", "/", ""),
        (b"/a?b=c&d=%20e", "/a", "b=c&d=%20e"),
        (b"/%C3%A9/a%2Fb", "/\xc3\xa9/a/b", ""),
        (b"/a%", "/a%", ""),
        (b"/a%3Fb?c?d", "/a?b", "c?d"),
        (b"/?", "/", ""),
    ],
)
def test_a_target_is_a_path_and_a_query(target: bytes, path: str, query: str) -> None:
    environ = build_environ(build_head(line=b"GET " + target + b" HTTP/1.1"))
    assert (environ["PATH_INFO"], environ["QUERY_STRING"], environ["RAW_URI"]) == (path, query, target.decode())


def test_headers_become_variables_and_repeated_ones_are_joined() -> None:
    environ = build_environ(build_head(b"X-Name: 1", b"x-nAme: 2", b"X-Empty:", b"X-Accent: \xe9"))
    names = ("HTTP_HOST", "HTTP_X_NAME", "HTTP_X_EMPTY", "HTTP_X_ACCENT")
    assert [environ[name] for name in names] == ["house", "1,2", "", "\xe9"]


def test_the_kind_and_length_of_a_body_have_variables_of_their_own() -> None:
    environ = build_environ(build_head(b"Content-Type: text/plain", b"Content-Length: 2") + b"ab")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/plain", "2")
    assert environ["wsgi.input"].read() == b"ab"
    assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} & environ.keys()


@pytest.mark.parametrize("name", [b"X_Name", b"X-Na_me", b"Content_Length", b"Content_Type", b"_"])
def test_a_name_that_might_pass_for_another_is_dropped(name: bytes) -> None:
    assert build_environ(build_head(name + b": 9")).keys() == build_environ(build_head()).keys()


def test_the_addresses_and_the_version_are_told() -> None:
    environ = build_environ(build_head(line=b"GET / HTTP/1.0"))
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("192.0.2.1", "4000")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("192.0.2.2", "8000")
    assert (environ["SERVER_PROTOCOL"], environ["REQUEST_METHOD"]) == ("HTTP/1.0", "GET")


def test_one_request_learns_nothing_of_another() -> None:
    server = WsgiServer(start_nothing)
    server.build_environ(parse_one(build_head(b"X-Name: 1")), CLIENT, SERVER)["more"] = 1
    environ = server.build_environ(parse_one(build_head()), CLIENT, SERVER)
    assert not {"HTTP_X_NAME", "more"} & environ.keys()


def test_a_body_that_is_broken_cannot_be_read() -> None:
    broken = HttpRequest(began_at=0.0, method="POST", target=b"/", chunks=[b"ab"], is_broken=True)
    environ = WsgiServer(start_nothing).build_environ(broken, CLIENT, SERVER)
    with pytest.raises(OSError, match="^the body is broken$"):
        environ["wsgi.input"].read()
