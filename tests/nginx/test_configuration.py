from __future__ import annotations

import subprocess

import pytest

from app.settings import Settings
from app.web.bodies.limit import LEAST_BODY_BYTES
from tests.nginx.configuration import NGINX_FOLDER, read_value, write_configuration
from tests.nginx.running_nginx import build_command, make_folder, open_output
from tests.support.certificates import make_certificate


@pytest.mark.parametrize("with_tls", [False, True])
def test_nginx_has_nothing_to_say_of_it(with_tls: bool) -> None:
    with make_folder() as folder:
        configuration = write_configuration(folder, 53, 8000, with_tls=with_tls)
        for name, secret in zip(("tls_certificate", "tls_key"), make_certificate()):
            (folder / "secrets" / name).write_bytes(secret)
        command = [*build_command(configuration), "-t"]
        with open_output(configuration) as output:
            tested = subprocess.run(command, check=False, stdout=output, stderr=subprocess.PIPE, text=True)
    said = f"nginx: the configuration file {configuration.file} syntax is ok\n"
    assert tested.stderr == f"{said}nginx: configuration file {configuration.file} test is successful\n"


def test_says_everything_that_the_tests_replace() -> None:
    text = "".join(path.read_text() for path in NGINX_FOLDER.rglob("*.conf"))
    said = ["listen 8080;", "listen 8443 ssl;", "127.0.0.11 ", "ml-service:8000;", " /tmp/nginx.pid;"]
    said += [" /etc/nginx/servers/*.conf;", " /run/secrets/tls_certificate;", " /run/secrets/tls_key;"]
    assert [each for each in said if each not in text] == []


def test_takes_bodies_as_long_as_the_service_does_of_whatever_model() -> None:
    assert read_value("client_max_body_size") == str(LEAST_BODY_BYTES)


@pytest.mark.parametrize("name", ["proxy_read_timeout", "proxy_send_timeout"])
def test_waits_longer_than_the_service_takes_to_end_and_than_another_replica_is_tried(name: str) -> None:
    seconds = int(read_value(name).removesuffix("s"))
    assert seconds > Settings().graceful_timeout_seconds
    assert seconds > int(read_value("proxy_next_upstream_timeout").removesuffix("s"))


def test_may_open_more_files_than_it_takes_connections() -> None:
    assert int(read_value("worker_rlimit_nofile")) > int(read_value("worker_connections"))
