"""The service's settings: the one place that reads the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import joblib

from app.artifacts import AcceptancePolicy, load_public_key
from app.environment import (
    EnvironmentReader,
    Network,
    one_of,
    parse_flag,
    parse_host,
    parse_networks,
    parse_url,
    parse_version,
    variable,
    whole_number,
)

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("json", "text")

# A server that listens at every address of its machine is asked at the machine's own.
_LOCAL_HOSTS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class InvalidSettings(ValueError):
    """The environment holds values that cannot be used; the message names every one of them."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


@dataclass(frozen=True)
class Settings:
    """Everything that an operator can choose, checked and typed.

    The README's table and `.env.example` are written from here: `make settings`.
    """

    host: str = variable(parse_host, "127.0.0.1", "where to listen", comment="Where to listen.")
    port: int = variable(whole_number(1, 65535), 8000, "where to listen")
    web_concurrency: int = variable(
        whole_number(1, 1024),
        1,
        "worker processes",
        comment="Worker processes (unset: as many as this process may use cores), and threads in each.",
        compute_default=lambda: joblib.cpu_count(),
        default_in_words="the cores this process may use",
    )
    threads: int = variable(whole_number(1, 1024), 4, "threads in each worker")
    combine: bool = variable(
        parse_flag,
        True,
        "`0`: rows of several requests never share a pass of the model",
        comment="Whether rows of several requests may share a pass of the model, where that changes no bit: 0 or 1.",
    )
    artifact_dir: Path = variable(
        Path,
        Path("artifacts"),
        "where versions are published",
        comment="Where versions are published, and which of them to serve (unset: the current one).",
    )
    model_version: str | None = variable(
        parse_version,
        None,
        "which version to serve, whatever is current",
        default_in_words="the current one",
    )
    artifact_public_key_file: Path | None = variable(
        Path,
        None,
        "the Ed25519 public key, in PEM, that versions must be signed with",
        comment="The public key that versions must be signed with (unset: they need not be signed), and whether to "
        "serve one that another scikit-learn has made, if it passes its self-test: 0 or 1.",
    )
    allow_version_mismatch: bool = variable(
        parse_flag, False, "`1` serves a version that another scikit-learn has made, if it passes its self-test"
    )
    load_timeout_seconds: int = variable(
        whole_number(1, 86400),
        60,
        "how long a version may take to load: in its trial, and then in each worker, all of which load it at once",
        comment="How long a version may take to load.",
    )
    max_batch_size: int = variable(
        whole_number(1, 1_000_000),
        512,
        "instances in one batch",
        comment="The most rows in one batch, and the longest request body in bytes (unset: as long as a full batch of "
        "the model may be, but from 2 MiB to 64 MiB).",
    )
    max_body_bytes: int | None = variable(
        whole_number(1, 2**30),
        None,
        "longer bodies are answered 413",
        default_in_words="what a full batch of the model may need, from 2 MiB to 64 MiB",
    )
    graceful_timeout_seconds: int = variable(
        whole_number(1, 3600),
        30,
        "how long requests in flight may take to finish after SIGTERM",
        comment="How long requests in flight may take to finish after SIGTERM.",
    )
    header_timeout_seconds: int = variable(
        whole_number(1, 3600),
        10,
        "how long the head of a request may take to arrive, as a whole",
        comment="How long the whole head and the whole body of a request may take to arrive, and its answer to be "
        "read; how long a request may wait before it is answered 503; and how long an idle connection is kept (0: not "
        "at all).",
    )
    body_timeout_seconds: int = variable(
        whole_number(1, 86400), 30, "how long a whole request may take to arrive, and its whole answer to be read"
    )
    request_deadline_seconds: int = variable(
        whole_number(1, 3600), 5, "a request that has waited for longer is answered 503 when its turn comes"
    )
    keepalive_seconds: int = variable(
        whole_number(0, 3600), 5, "how long an idle connection is kept; `0` closes each after its answer"
    )
    worker_timeout_seconds: int = variable(
        whole_number(2, 86400),
        60,
        "a worker that does not come back to its loop for so long is replaced, and its stacks are logged",
        comment="After how long a worker that hangs is replaced, and how many connections each may have.",
    )
    max_connections: int = variable(
        whole_number(1, 1_000_000),
        2000,
        "open connections of each worker; beyond them, those that have been idle the longest are closed",
    )
    trusted_proxies: tuple[Network, ...] = variable(
        parse_networks,
        (),
        "addresses or networks of proxies, with commas between them, whose `X-Request-Start` counts as waiting",
        comment="The addresses or networks of proxies whose X-Request-Start is believed (unset: of none).",
        default_in_words="none",
    )
    metrics_port: int | None = variable(
        whole_number(1, 65535),
        None,
        "a port for `/metrics`, which the public one then does not serve; `/health` and `/ready` are at both",
        comment="A port for /metrics instead of the public one, and the hours over which the input is compared with "
        "the training data.",
    )
    drift_window_hours: int = variable(
        whole_number(1, 8760), 24, "the time over which `/model/drift` compares the input with the training data"
    )
    prediction_log_dir: Path | None = variable(
        Path,
        None,
        "where predictions are kept, with what was asked; they are not unless this is set",
        comment="The folder to keep answered predictions in, with what was asked (unset: they are not kept), and how "
        "many bytes of closed files there may be before the oldest are removed.",
    )
    prediction_log_max_bytes: int = variable(
        whole_number(2**20, 2**50),
        10 * 1024**3,
        "the oldest files there are removed when the closed ones exceed this together",
    )
    log_level: str = variable(
        one_of(LOG_LEVELS),
        "info",
        "`debug`, `info`, `warning`, `error` or `critical`",
        comment="debug, info, warning, error or critical; json or text (unset: text on a terminal, else json).",
    )
    log_format: str = variable(
        one_of(LOG_FORMATS),
        "json",
        "how a log line looks",
        compute_default=lambda: "text" if os.isatty(2) else "json",
        default_in_words="`text` on a terminal, else `json`",
    )
    otel_exporter_otlp_endpoint: str | None = variable(
        parse_url,
        None,
        "the OpenTelemetry collector that traces are sent to: see [Logs](#logs)",
        comment="Where to send traces, by OTLP over HTTP (unset: nowhere); it needs requirements/tracing.txt.",
    )

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

    @property
    def local_host(self) -> str:
        """Where its own machine finds a server that listens at HOST, which may be every address of the machine."""
        return _LOCAL_HOSTS.get(self.host, self.host)

    @property
    def local_url(self) -> str:
        """Where a command on the same machine asks the server."""
        return f"http://{_write_address(self.local_host, self.port)}"

    def _at(self, port: int) -> str:
        return _write_address(self.host, port)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Return the settings that `environ` describes; an unset or empty variable means its default.

        Raises `InvalidSettings`, which names every variable at fault and what it may hold.
        """
        reader = EnvironmentReader(environ)
        settings = cls(**{setting.name: reader.read(setting) for setting in fields(cls)})
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


def _write_address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
