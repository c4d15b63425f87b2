from __future__ import annotations

from http.client import HTTPMessage
from typing import Any

import pytest

from app.commands.smoke.answer import Answer, quote


def build_answer(status: int, body: bytes, **headers: str) -> Answer:
    message = HTTPMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Answer("GET /", status, message, body)


@pytest.mark.parametrize(
    ("answer", "description"),
    [
        (
            build_answer(302, b"<html>", Location="https://example.com/login"),
            "302, a redirect to 'https://example.com/login'",
        ),
        (
            build_answer(503, b'{"detail":"No model."}', Content_Type="application/problem+json; charset=utf-8"),
            "503, 'No model.'",
        ),
        (
            build_answer(503, b'{"error":1}', Content_Type="application/problem+json"),
            "503 with application/problem+json: '{\"error\":1}'",
        ),
        (
            build_answer(503, b'{"detail', Content_Type="application/problem+json"),
            "503 with application/problem+json: '{\"detail'",
        ),
        (
            build_answer(404, b"<html>\r\n  <h1>Not  found", Content_Type="text/html"),
            "404 with text/html: '<html> <h1>Not found'",
        ),
        (build_answer(404, b"\xff\x1b[2J"), "404 with no media type: '\\ufffd\\x1b[2J'"),
        (build_answer(502, b" \n"), "502 with an empty body"),
    ],
)
def test_describes_who_answered_and_what(answer: Answer, description: str) -> None:
    assert answer.describe() == description


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null", b"1", b"[" * 100_000])
def test_parses_nothing_but_an_object(body: bytes) -> None:
    with pytest.raises(ValueError):
        build_answer(200, body).parse_object()


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("a", "'a'"),
        ("\x1b[31m\nred", "'\\x1b[31m\\nred'"),
        ("\ud800", "'\\ud800'"),
        ("a" * 120, f"'{'a' * 120}'"),
        ("a" * 121, f"'{'a' * 120}...'"),
        (0.25, "0.25"),
        (None, "None"),
        ([1] * 100, f"[{'1, ' * 39}1,..."),
    ],
)
def test_quotes_no_more_than_a_line_that_no_terminal_obeys(value: Any, quoted: str) -> None:
    assert quote(value) == quoted
