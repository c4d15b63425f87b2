"""The service's settings: the one place that reads the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import joblib

from app.artifacts import AcceptancePolicy, load_public_key
from app.environment import EnvironmentReader, one_of, parse_flag, parse_host, parse_url, parse_version, whole_number

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("json", "text")


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
        reader = EnvironmentReader(environ)
        settings = cls(
            host=reader.parse("HOST", parse_host, cls.host),
            port=reader.parse("PORT", whole_number(1, 65535), cls.port),
            web_concurrency=reader.parse("WEB_CONCURRENCY", whole_number(1, 1024), joblib.cpu_count()),
            threads=reader.parse("THREADS", whole_number(1, 1024), cls.threads),
            artifact_dir=reader.parse("ARTIFACT_DIR", Path, cls.artifact_dir),
            model_version=reader.parse("MODEL_VERSION", parse_version, cls.model_version),
            artifact_public_key_file=reader.parse("ARTIFACT_PUBLIC_KEY_FILE", Path, cls.artifact_public_key_file),
            allow_version_mismatch=reader.parse("ALLOW_VERSION_MISMATCH", parse_flag, cls.allow_version_mismatch),
            max_batch_size=reader.parse("MAX_BATCH_SIZE", whole_number(1, 1_000_000), cls.max_batch_size),
            max_body_bytes=reader.parse("MAX_BODY_BYTES", whole_number(1, 2**30), cls.max_body_bytes),
            graceful_timeout_seconds=reader.parse(
                "GRACEFUL_TIMEOUT_SECONDS", whole_number(1, 3600), cls.graceful_timeout_seconds
            ),
            metrics_port=reader.parse("METRICS_PORT", whole_number(1, 65535), cls.metrics_port),
            drift_window_hours=reader.parse("DRIFT_WINDOW_HOURS", whole_number(1, 8760), cls.drift_window_hours),
            prediction_log_dir=reader.parse("PREDICTION_LOG_DIR", Path, cls.prediction_log_dir),
            prediction_log_max_bytes=reader.parse(
                "PREDICTION_LOG_MAX_BYTES", whole_number(2**20, 2**50), cls.prediction_log_max_bytes
            ),
            log_level=reader.parse("LOG_LEVEL", one_of(LOG_LEVELS), cls.log_level),
            log_format=reader.parse("LOG_FORMAT", one_of(LOG_FORMATS), _default_log_format()),
            otel_exporter_otlp_endpoint=reader.parse(
                "OTEL_EXPORTER_OTLP_ENDPOINT", parse_url, cls.otel_exporter_otlp_endpoint
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


def _default_log_format() -> str:
    return "text" if os.isatty(2) else "json"
