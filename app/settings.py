"""The service's settings: the one place that reads the environment."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import joblib

from app.artifacts import AcceptancePolicy, InvalidVersionName, check_version_name, load_public_key

T = TypeVar("T")

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("json", "text")

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class InvalidSettings(ValueError):
    """The environment holds values that cannot be used; the message names every one of them."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


@dataclass(frozen=True)
class Settings:
    """Everything that an operator can choose, checked and typed."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = 8000
    """The TCP port to listen on."""
    web_concurrency: int = 1
    """How many worker processes serve."""
    threads: int = 4
    """How many threads each worker answers with."""
    artifact_dir: Path = Path("artifacts")
    """The folder in which artifacts are published."""
    model_version: str | None = None
    """The published version to serve; `None` for the current one."""
    artifact_public_key_file: Path | None = None
    """The Ed25519 key that artifacts must be signed with; `None` if they need not be signed."""
    allow_version_mismatch: bool = False
    """Whether to serve an artifact that another scikit-learn has made."""
    max_batch_size: int = 512
    """The most instances that one batch may hold."""
    max_body_bytes: int = 2 * 1024 * 1024
    """The longest request body that is read."""
    graceful_timeout_seconds: int = 30
    """How long requests in flight may take to finish after SIGTERM."""
    metrics_port: int | None = None
    """The TCP port at which /metrics is served instead; `None` for the public one."""
    drift_window_hours: int = 24
    """The time over which the input is compared with the training data."""
    prediction_log_dir: Path | None = None
    """The folder in which answered predictions are kept; `None` if they are not."""
    prediction_log_max_bytes: int = 10 * 1024**3
    """How much the closed files in that folder may hold together before the oldest are removed."""
    log_level: str = "info"
    """The least severe level that is logged."""
    log_format: str = "json"
    """`json` for machines, `text` for a person at a terminal."""
    otel_exporter_otlp_endpoint: str | None = None
    """The OpenTelemetry collector that spans are sent to, by OTLP over HTTP; `None` for none."""

    @property
    def address(self) -> str:
        """Where to listen, as gunicorn writes it."""
        return self._at(self.port)

    @property
    def addresses(self) -> list[str]:
        """All the places to listen at."""
        return [self._at(port) for port in (self.port, self.metrics_port) if port]

    def build_policy(self) -> AcceptancePolicy:
        """Return which artifacts may be served. Reads the file of the key; raises `KeyUnusable`."""
        key_file = self.artifact_public_key_file
        return AcceptancePolicy(load_public_key(key_file) if key_file else None, self.allow_version_mismatch)

    def _at(self, port: int) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{port}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Return the settings that `environ` describes; an unset or empty variable means its default.

        Raises `InvalidSettings`, which names every variable at fault and what it may hold.
        """
        reader = _EnvironmentReader(environ)
        settings = cls(
            host=reader.parse("HOST", _parse_host, cls.host),
            port=reader.parse("PORT", _whole_number(1, 65535), cls.port),
            web_concurrency=reader.parse("WEB_CONCURRENCY", _whole_number(1, 1024), joblib.cpu_count()),
            threads=reader.parse("THREADS", _whole_number(1, 1024), cls.threads),
            artifact_dir=reader.parse("ARTIFACT_DIR", Path, cls.artifact_dir),
            model_version=reader.parse("MODEL_VERSION", _parse_version, cls.model_version),
            artifact_public_key_file=reader.parse("ARTIFACT_PUBLIC_KEY_FILE", Path, cls.artifact_public_key_file),
            allow_version_mismatch=reader.parse("ALLOW_VERSION_MISMATCH", _parse_flag, cls.allow_version_mismatch),
            max_batch_size=reader.parse("MAX_BATCH_SIZE", _whole_number(1, 1_000_000), cls.max_batch_size),
            max_body_bytes=reader.parse("MAX_BODY_BYTES", _whole_number(1, 2**30), cls.max_body_bytes),
            graceful_timeout_seconds=reader.parse(
                "GRACEFUL_TIMEOUT_SECONDS", _whole_number(1, 3600), cls.graceful_timeout_seconds
            ),
            metrics_port=reader.parse("METRICS_PORT", _whole_number(1, 65535), cls.metrics_port),
            drift_window_hours=reader.parse("DRIFT_WINDOW_HOURS", _whole_number(1, 8760), cls.drift_window_hours),
            prediction_log_dir=reader.parse("PREDICTION_LOG_DIR", Path, cls.prediction_log_dir),
            prediction_log_max_bytes=reader.parse(
                "PREDICTION_LOG_MAX_BYTES", _whole_number(2**20, 2**50), cls.prediction_log_max_bytes
            ),
            log_level=reader.parse("LOG_LEVEL", _one_of(LOG_LEVELS), cls.log_level),
            log_format=reader.parse("LOG_FORMAT", _one_of(LOG_FORMATS), _default_log_format()),
            otel_exporter_otlp_endpoint=reader.parse(
                "OTEL_EXPORTER_OTLP_ENDPOINT", _parse_url, cls.otel_exporter_otlp_endpoint
            ),
        )
        if settings.metrics_port == settings.port:
            reader.faults.append("METRICS_PORT must be another port than PORT")
        if reader.faults:
            raise InvalidSettings(reader.faults)
        return settings


def read_settings() -> Settings:
    """Return the settings of this process. Exits with one line that names every bad variable, if there is one."""
    try:
        return Settings.from_env(os.environ)
    except InvalidSettings as error:
        sys.exit(f"The environment cannot be used: {error}.")


class _EnvironmentReader:
    """Reads variables one by one and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def parse(self, name: str, parse: Callable[[str], T], default: T) -> T:
        text = self._environ.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.faults.append(f"{name} {error}, not {text!r}")
            return default


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text.lower()

    return parse


def _parse_flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return text == "1"


def _parse_host(text: str) -> str:
    if not _is_ip_address(text) and (not _HOST_NAME.fullmatch(text) or text.split(".")[-1].isdigit()):
        raise ValueError("must be a host name or an IP address")
    return text


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _parse_version(text: str) -> str:
    try:
        check_version_name(text)
    except InvalidVersionName as error:
        raise ValueError(error.rule) from error
    return text


def _parse_url(text: str) -> str:
    if not _is_url(text):
        raise ValueError("must be an http or https URL such as http://127.0.0.1:4318")
    return text


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, a bracket that is not closed
        return False
    return is_whole and text.isascii() and not re.search(r"[\s?#]", text)


def _default_log_format() -> str:
    return "text" if os.isatty(2) else "json"
