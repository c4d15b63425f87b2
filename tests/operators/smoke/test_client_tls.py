from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from app.commands.smoke.address import AddressUnusable, ServiceAddress
from app.commands.smoke.client import CertificateRefused, NoAnswer, ServiceClient
from tests.operators.smoke.certificates import write_certificate
from tests.operators.smoke.scripted_service import ScriptedService, run_scripted, write


def ask_over_tls(address: str) -> int:
    with closing(ServiceClient(ServiceAddress.parse(f"https://{address}"))) as client:
        return client.get("/ready").status


def test_trusts_the_certificate_in_ssl_cert_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    with run_scripted(write_certificate(tmp_path / "server.pem")) as service:
        assert ask_over_tls(service.address) == 200


def test_connects_anew_over_tls_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    with run_scripted(write_certificate(tmp_path / "server.pem")) as service:
        service.script["GET /ready"] = write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        with closing(ServiceClient(ServiceAddress.parse(f"https://{service.address}"))) as client:
            assert [client.get("/ready").body for _ in range(3)] == [b"{}"] * 3


def test_refuses_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    with (
        run_scripted(write_certificate(tmp_path / "server.pem")) as service,
        pytest.raises(CertificateRefused) as refused,
    ):
        ask_over_tls(service.address)
    assert refused.value.reason == "its certificate is not accepted: self-signed certificate"


def test_refuses_the_certificate_of_another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    context = write_certificate(tmp_path / "server.pem", address="127.0.0.2")
    with run_scripted(context) as service, pytest.raises(CertificateRefused) as refused:
        ask_over_tls(service.address)
    assert refused.value.reason == (
        "its certificate is not accepted: IP address mismatch, certificate is not valid for '127.0.0.1'"
    )


def test_says_that_a_server_does_not_speak_tls(service: ScriptedService) -> None:
    with pytest.raises(NoAnswer) as refused:
        ask_over_tls(service.address)
    assert refused.value.reason == "TLS could not be agreed on"


def test_trusts_the_authority_that_is_handed_in_and_no_other(tmp_path: Path) -> None:
    with run_scripted(write_certificate(tmp_path / "server.pem")) as service:
        authority = (tmp_path / "server.pem").read_text()
        address = ServiceAddress.parse(f"https://{service.address}", authority)
        with closing(ServiceClient(address)) as client:
            assert client.get("/ready").status == 200
        write_certificate(tmp_path / "other.pem")
        other = ServiceAddress.parse(f"https://{service.address}", (tmp_path / "other.pem").read_text())
        with closing(ServiceClient(other)) as client, pytest.raises(CertificateRefused):
            client.get("/ready")


def test_refuses_an_authority_that_is_none() -> None:
    with pytest.raises(AddressUnusable, match="^The URL cannot be trusted: the authority is no certificate in PEM.$"):
        ServiceAddress.parse("https://127.0.0.1", "no certificate")
