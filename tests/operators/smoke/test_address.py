from __future__ import annotations

import pytest

from app.commands.smoke.address import AddressUnusable, ServiceAddress


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8000", ServiceAddress("http", "127.0.0.1", 8000, "")),
        ("http://127.0.0.1:8000/", ServiceAddress("http", "127.0.0.1", 8000, "")),
        ("http://example.com", ServiceAddress("http", "example.com", 80, "")),
        ("https://example.com/ml/", ServiceAddress("https", "example.com", 443, "/ml")),
        ("https://example.com:8443/a/b", ServiceAddress("https", "example.com", 8443, "/a/b")),
        ("http://[::1]:8000/ml", ServiceAddress("http", "::1", 8000, "/ml")),
    ],
)
def test_parses_the_url_of_a_service(url: str, address: ServiceAddress) -> None:
    assert ServiceAddress.parse(url) == address


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://example.com", "https://example.com/ml", "http://[::1]:8000/ml"]
)
def test_writes_the_url_as_it_was(url: str) -> None:
    assert str(ServiceAddress.parse(url)) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "localhost",
        "ftp://example.com",
        "http://",
        "http://:8000",
        "http://example.com:0",
        "http://example.com:65536",
        "http://example.com:http",
        "http://[::1",
        "http://a..b",
        f"http://{'a' * 64}.com",
        "http://bücher.example",
        "http://example.com/a b",
        "http://example.com/\n",
        "http://example.com/?a=1",
        "http://example.com/#a",
        "http://user:secret@example.com",
        "http:\\\\example.com",
    ],
)
def test_refuses_what_is_not_the_url_of_a_service_without_quoting_it(url: str) -> None:
    with pytest.raises(AddressUnusable) as refused:
        ServiceAddress.parse(url)
    assert str(refused.value) == (
        "The URL must be like http://127.0.0.1:8000 or https://example.com/ml: without a user, a query or a fragment."
    )
