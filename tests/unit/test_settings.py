from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import joblib
import pytest

from app.artifacts import AcceptancePolicy, KeyUnusable
from app.settings import InvalidSettings, Settings, read_settings
from tests.support.signing_keys import write_signing_key

PATHS = {"ARTIFACT_DIR", "ARTIFACT_PUBLIC_KEY_FILE", "PREDICTION_LOG_DIR"}
VARIABLES = [each.name.upper() for each in fields(Settings)]


def test_an_empty_environment_means_the_defaults_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joblib, "cpu_count", lambda: 7)
    assert Settings.from_env({}) == Settings(
        host="127.0.0.1",
        port=8000,
        web_concurrency=7,
        threads=4,
        artifact_dir=Path("artifacts"),
        model_version=None,
        artifact_public_key_file=None,
        allow_version_mismatch=False,
        load_timeout_seconds=60,
        max_batch_size=512,
        max_body_bytes=None,
        graceful_timeout_seconds=30,
        prediction_log_dir=None,
        prediction_log_max_bytes=10_737_418_240,
        log_level="info",
        log_format="text" if os.isatty(2) else "json",
        otel_exporter_otlp_endpoint=None,
    )


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_an_empty_variable_means_its_default(text: str) -> None:
    assert Settings.from_env(dict.fromkeys(VARIABLES, text)) == Settings.from_env({})


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("HOST", "::1", "::1"),
        ("PORT", "1", 1),
        ("PORT", " 65535 ", 65535),
        ("WEB_CONCURRENCY", "3", 3),
        ("THREADS", "12", 12),
        ("ARTIFACT_DIR", "/srv/models", Path("/srv/models")),
        ("MODEL_VERSION", "2024-05-01_a.b", "2024-05-01_a.b"),
        ("ARTIFACT_PUBLIC_KEY_FILE", "/etc/keys/public.pem", Path("/etc/keys/public.pem")),
        ("ALLOW_VERSION_MISMATCH", "0", False),
        ("ALLOW_VERSION_MISMATCH", "1", True),
        ("LOAD_TIMEOUT_SECONDS", "86400", 86_400),
        ("MAX_BATCH_SIZE", "1", 1),
        ("MAX_BODY_BYTES", "1073741824", 1_073_741_824),
        ("GRACEFUL_TIMEOUT_SECONDS", "3600", 3600),
        ("PREDICTION_LOG_DIR", "/var/lib/predictions", Path("/var/lib/predictions")),
        ("PREDICTION_LOG_MAX_BYTES", "1048576", 1_048_576),
        ("LOG_LEVEL", "WARNING", "warning"),
        ("LOG_FORMAT", "Text", "text"),
    ],
)
def test_reads_a_variable(variable: str, text: str, value: Any) -> None:
    assert getattr(Settings.from_env({variable: text}), variable.lower()) == value


@pytest.mark.parametrize(
    ("variable", "text", "rule"),
    [
        ("HOST", "a b", "must be a host name or an IP address"),
        ("HOST", "http://localhost", "must be a host name or an IP address"),
        ("PORT", "0", "must be a whole number from 1 to 65535"),
        ("PORT", "65536", "must be a whole number from 1 to 65535"),
        ("PORT", "80.0", "must be a whole number from 1 to 65535"),
        ("PORT", "-1", "must be a whole number from 1 to 65535"),
        ("PORT", "٨٠", "must be a whole number from 1 to 65535"),
        ("PORT", "9" * 5000, "must be a whole number from 1 to 65535"),
        ("WEB_CONCURRENCY", "1025", "must be a whole number from 1 to 1024"),
        ("THREADS", "four", "must be a whole number from 1 to 1024"),
        ("MODEL_VERSION", "../secret", None),
        ("MODEL_VERSION", "current", None),
        ("ALLOW_VERSION_MISMATCH", "yes", "must be 0 or 1"),
        ("ALLOW_VERSION_MISMATCH", "01", "must be 0 or 1"),
        ("LOAD_TIMEOUT_SECONDS", "0", "must be a whole number from 1 to 86400"),
        ("MAX_BATCH_SIZE", "1000001", "must be a whole number from 1 to 1000000"),
        ("MAX_BODY_BYTES", "2MiB", "must be a whole number from 1 to 1073741824"),
        ("GRACEFUL_TIMEOUT_SECONDS", "3601", "must be a whole number from 1 to 3600"),
        ("PREDICTION_LOG_MAX_BYTES", "1048575", "must be a whole number from 1048576 to 1125899906842624"),
        ("LOG_LEVEL", "loud", "must be one of debug, info, warning, error, critical"),
        ("LOG_FORMAT", "xml", "must be one of json, text"),
    ],
)
def test_refuses_a_variable_with_its_rule(variable: str, text: str, rule: str | None) -> None:
    version_rule = (
        "must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or a digit, and other than 'current'"
    )
    with pytest.raises(InvalidSettings) as refused:
        Settings.from_env({variable: text})
    assert str(refused.value) == f"{variable} {rule or version_rule}, not {text!r}"


def test_names_every_variable_at_fault_in_one_message() -> None:
    environ = {"PORT": "x", "THREADS": "0", "LOG_LEVEL": "loud", "HOST": "localhost"}
    with pytest.raises(InvalidSettings) as refused:
        Settings.from_env(environ)
    assert str(refused.value) == (
        "PORT must be a whole number from 1 to 65535, not 'x'; "
        "THREADS must be a whole number from 1 to 1024, not '0'; "
        "LOG_LEVEL must be one of debug, info, warning, error, critical, not 'loud'"
    )


@pytest.mark.parametrize("variable", sorted(set(VARIABLES) - PATHS))
def test_every_variable_is_read_and_checked(variable: str) -> None:
    with pytest.raises(InvalidSettings, match=f"^{variable} must "):
        Settings.from_env({variable: "/ not usable /"})


@pytest.mark.parametrize(("is_terminal", "log_format"), [(True, "text"), (False, "json")])
def test_logs_text_by_default_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, log_format: str
) -> None:
    monkeypatch.setattr("os.isatty", lambda _: is_terminal)
    assert Settings.from_env({}).log_format == log_format


def test_a_chosen_log_format_wins_over_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.isatty", lambda _: True)
    assert Settings.from_env({"LOG_FORMAT": "json"}).log_format == "json"


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1:8080"), ("localhost", "localhost:8080"), ("::1", "[::1]:8080"), ("::", "[::]:8080")],
)
def test_the_address_has_brackets_around_a_host_with_colons(host: str, address: str) -> None:
    assert Settings(host=host, port=8080).address == address


@pytest.mark.parametrize("allow_version_mismatch", [True, False])
def test_the_policy_is_what_the_settings_ask_for(tmp_path: Path, allow_version_mismatch: bool) -> None:
    key = write_signing_key(tmp_path)
    settings = Settings(artifact_public_key_file=key.public_file, allow_version_mismatch=allow_version_mismatch)
    assert settings.build_policy() == AcceptancePolicy(key.key.public_key(), allow_version_mismatch)
    assert Settings().build_policy() == AcceptancePolicy()


def test_there_is_no_policy_without_the_key_that_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="No such file or directory"):
        Settings(artifact_public_key_file=tmp_path / "gone.pem").build_policy()


def test_reads_the_settings_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    assert read_settings().port == 8123


def test_ends_the_process_with_one_line_where_a_variable_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("THREADS", "0")
    with pytest.raises(SystemExit) as ended:
        read_settings()
    assert ended.value.code == (
        "The environment cannot be used: PORT must be a whole number from 1 to 65535, not 'x'; "
        "THREADS must be a whole number from 1 to 1024, not '0'."
    )
