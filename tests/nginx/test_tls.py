from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.nginx.name_server import name_replicas
from tests.nginx.problem import assert_is_own_problem
from tests.nginx.replicas import answer, run_replicas
from tests.nginx.running_nginx import RunningNginx, run_nginx
from tests.support.certificates import make_certificate
from tests.support.raw_http import read_answer
from tests.support.running_server import DEADLINE_SECONDS, RunningServer

CERTIFICATE = make_certificate()
READY = b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def tls_nginx(server: RunningServer) -> Iterator[RunningNginx]:
    """Run nginx with a certificate in front of the server with the example model."""
    with name_replicas("127.0.0.1") as names:
        with run_nginx(names.port, server.port, certificate=CERTIFICATE) as nginx:
            yield nginx


@pytest.fixture
def context() -> ssl.SSLContext:
    """Return what trusts the certificate of the tests."""
    return ssl.create_default_context(cadata=CERTIFICATE[0].decode())


def speak(nginx: RunningNginx, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
    """Return a new connection that speaks TLS."""
    connection = nginx.connect(nginx.configuration.tls_port)
    return context.wrap_socket(connection, server_hostname="127.0.0.1", session=session)


def test_predicts_over_tls_as_without(tls_nginx: RunningNginx, body: bytes, tmp_path: Path) -> None:
    (tmp_path / "certificate").write_bytes(CERTIFICATE[0])
    plain = requests.post(f"{tls_nginx.url}/predict", body, timeout=DEADLINE_SECONDS)
    trusted = str(tmp_path / "certificate")
    secret = requests.post(f"{tls_nginx.tls_url}/predict", body, verify=trusted, timeout=DEADLINE_SECONDS)
    assert (plain.status_code, plain.content) == (secret.status_code, secret.content)
    assert secret.status_code == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_speaks_tls_with_forward_secrecy(
    tls_nginx: RunningNginx, context: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    context.minimum_version = context.maximum_version = version
    with speak(tls_nginx, context) as connection:
        cipher, protocol, _ = connection.cipher() or ("", "", 0)
        connection.sendall(READY)
        assert read_answer(connection).status == 200
    assert cipher.startswith({"TLSv1.2": "ECDHE-", "TLSv1.3": "TLS_"}[protocol])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_speaks_no_older_tls(tls_nginx: RunningNginx, context: ssl.SSLContext) -> None:
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        speak(tls_nginx, context)


@pytest.mark.parametrize("ciphers", ["AES128-GCM-SHA256:AES128-SHA", "ECDHE+AES128+SHA1"])
def test_speaks_no_cipher_without_forward_secrecy_or_authentication(
    tls_nginx: RunningNginx, context: ssl.SSLContext, ciphers: str
) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        speak(tls_nginx, context)


def test_a_client_that_comes_back_need_not_agree_on_keys_again_and_holds_no_ticket(
    tls_nginx: RunningNginx, context: ssl.SSLContext
) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with speak(tls_nginx, context) as first:
        # nginx keeps the session after its last word of the handshake: once it answers, it has.
        first.sendall(READY)
        assert read_answer(first).status == 200
        session = first.session
    assert session and not session.has_ticket
    with speak(tls_nginx, context, session) as second:
        assert second.session_reused


def test_tells_a_client_that_speaks_no_tls_what_to_do(tls_nginx: RunningNginx) -> None:
    with tls_nginx.connect(tls_nginx.configuration.tls_port) as connection:
        connection.sendall(READY)
        answered = read_answer(connection)
    assert_is_own_problem(answered, 400)
    assert answered.json["detail"] == "This port speaks TLS: ask it by https://."


def test_binds_nobody_to_tls(tls_nginx: RunningNginx, context: ssl.SSLContext) -> None:
    with speak(tls_nginx, context) as connection:
        connection.sendall(READY)
        assert "strict-transport-security" not in read_answer(connection).headers


def test_the_metrics_are_not_public_either(tls_nginx: RunningNginx, context: ssl.SSLContext) -> None:
    with speak(tls_nginx, context) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert_is_own_problem(read_answer(connection), 404)


def test_the_service_knows_that_it_is_asked_over_tls(context: ssl.SSLContext) -> None:
    with run_replicas(answer) as (replica,), name_replicas(replica.address) as names:
        with run_nginx(names.port, replica.server_port, certificate=CERTIFICATE) as nginx:
            with speak(nginx, context) as connection:
                connection.sendall(READY)
                assert read_answer(connection).status == 200
    assert replica.asked[0].get_all("X-Forwarded-Proto") == ["https"]
