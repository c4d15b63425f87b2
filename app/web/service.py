"""The service: what this process shares between its requests, the served model and all derived from it once."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, current_app

from app.artifacts import Artifact, Golden, VersionMismatch
from app.columns.faults import RequestRefused
from app.columns.table import Rows
from app.drift.counter import ModelCounter
from app.drift.monitor import Monitor
from app.engines.parallelism import count_share
from app.model.combiner import Combiner
from app.model.findings import PassFindings
from app.model.model import Model, load_model
from app.outputs.prediction import Arrays
from app.prediction_log.log import PredictionLog
from app.prediction_log.log_files import LogFiles
from app.settings import Settings
from app.traces.tracer import Tracer, build_tracer
from app.web.bodies.limit import choose_max_body_bytes
from app.web.inference.schemas import RequestSchema, build_batch_schema, build_predict_schema

# What X-Model-Version says while there is no model.
NO_MODEL = "none"

_SERVICE = "ml_service"
_PREDICTING, _PREDICTING_MANY = b"/predict", b"/predict/batch"
# What takes longer than this is not done while others wait: a pass of the model, or to parse a body.
_SLOW_PASS_SECONDS = 0.003
_SLOW_BODY_BYTES = 256 * 1024
# A batch of more rows has a pass of its own, or there would be little to share.
_MOST_SHARED_ROWS = 64
# Each of them has been asked alone when the version was tried; of a slow model that takes long, in every worker.
_ROWS_ALONE = 2
_logger = logging.getLogger("app")


class Pace(enum.Enum):
    """How long an answer takes, and what follows from that."""

    QUICK = "nobody is kept waiting by it"
    SHARED = "it takes a thread, and shares a pass of the model with others"
    SLOW = "it takes a thread"


class ModelUnavailable(RequestRefused):
    """No model is loaded, so nothing that needs one can be answered."""

    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__("No model is loaded yet; try again shortly.")


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A loaded and self-tested model, and the schemas of the requests that it answers."""

    model: Model
    golden: Golden
    counter: ModelCounter
    is_signature_verified: bool
    version_mismatch: VersionMismatch | None
    predict_schema: RequestSchema
    batch_schema: RequestSchema
    max_batch_size: int
    max_body_bytes: int
    findings: PassFindings
    """What the trial has found of the model's passes."""
    compute: Callable[[Rows], Arrays]
    """Computes the answers for checked rows."""
    combiner: Combiner | None
    """What has them share passes with those of other requests, which wait in threads of their own, if they may."""

    @property
    def least_row_bytes(self) -> int:
        """How long a row is at least, in a batch."""
        return 2 * self.model.columns.n_features

    @property
    def version(self) -> str:
        """The version of the artifact that answers."""
        return self.model.version


@dataclass(eq=False)
class Service:
    """What all requests of a process share; the only thing of ours in `app.extensions`."""

    settings: Settings
    monitor: Monitor
    served: ServedModel | None = None
    served_version: str = NO_MODEL
    """The value of X-Model-Version."""
    prediction_log: PredictionLog | None = None
    """`None` where predictions are not kept. It counts its records."""
    tracer: Tracer = field(default_factory=Tracer)
    """What gives each request its place in its caller's trace."""

    def get_served(self) -> ServedModel:
        """Return the model that answers. Raises `ModelUnavailable` while there is none."""
        if self.served is None:
            raise ModelUnavailable
        return self.served

    def choose_pace(self, target: bytes, n_body_bytes: int) -> Pace:
        """Return how the answer to such a request is to be come by."""
        served = self.served
        if served is None or not target.startswith(_PREDICTING):
            return Pace.QUICK
        n_rows = 1
        if target.startswith(_PREDICTING_MANY):
            n_rows = min(served.max_batch_size, n_body_bytes // served.least_row_bytes + 1)
        if n_body_bytes > _SLOW_BODY_BYTES:
            return Pace.SLOW
        if served.findings.estimate_seconds(n_rows) <= _SLOW_PASS_SECONDS:
            return Pace.QUICK
        return Pace.SHARED if served.combiner is not None and n_rows <= _MOST_SHARED_ROWS else Pace.SLOW

    def start_tracing(self) -> None:
        """Export a span of each request from now on, if the settings name a collector.

        To be called after any fork, and once the model is loaded: it starts a thread.
        """
        self.tracer = build_tracer(self.settings.otel_exporter_otlp_endpoint, self.served_version)

    def open_prediction_log(self) -> None:
        """Keep the predictions from now on, if they are to be kept. To be called after any fork."""
        settings = self.settings
        if settings.prediction_log_dir is not None:
            files = LogFiles(settings.prediction_log_dir, settings.prediction_log_max_bytes)
            self.prediction_log = PredictionLog(files)

    def close_prediction_log(self) -> None:
        """Write what waits to be written, for about two seconds at most, and close the file."""
        if self.prediction_log is not None and not self.prediction_log.close():
            _logger.error("Not all predictions could be kept in time.")


def register_service(app: Flask, settings: Settings) -> Service:
    """Give `app`, which has all its routes by now, what its requests share; it serves no model yet."""
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    # At a reload there are the old workers and the new ones, and perhaps some that were told to leave earlier.
    n_rows = 64 + 4 * settings.web_concurrency
    monitor = Monitor(sorted(routes), n_rows, settings.drift_window_hours * 3600.0)
    service = app.extensions[_SERVICE] = Service(settings, monitor)
    return service


def get_service(app: Flask = current_app) -> Service:
    """Return what the requests of `app`, by default the current one, share."""
    service: Service = app.extensions[_SERVICE]
    return service


def serve_model(app: Flask, artifact: Artifact) -> ServedModel:
    """Make `app` serve `artifact` once it has passed its self-test, and return what it serves.

    Raises `ArtifactError`, and then nothing changes.

    To be called in the process that answers, after any fork: estimators may start threads when they predict.
    """
    service = get_service(app)
    settings = service.settings
    model = load_model(artifact, _ROWS_ALONE)
    max_batch_size = settings.max_batch_size
    findings = PassFindings.from_measured(artifact.measured)

    def compute(rows: Rows) -> Arrays:
        service.monitor.requests.count_pass(len(rows))
        # A copy, as an estimator may work in place, and what is kept is what was asked.
        return model.engine.compute(rows.copy())

    may_combine = settings.combine and findings.is_row_independent
    n_passes = count_share(settings.web_concurrency)
    combiner = Combiner(compute, max_batch_size, n_passes) if may_combine else None
    served = ServedModel(
        model=model,
        golden=artifact.golden,
        counter=service.monitor.watch(artifact.metadata),
        is_signature_verified=artifact.is_signature_verified,
        version_mismatch=artifact.version_mismatch,
        predict_schema=build_predict_schema(model.columns),
        batch_schema=build_batch_schema(model.columns, max_batch_size),
        max_batch_size=max_batch_size,
        max_body_bytes=settings.max_body_bytes or choose_max_body_bytes(model.columns.columns, max_batch_size),
        findings=findings,
        compute=compute if combiner is None else combiner.compute,
        combiner=combiner,
    )
    service.served, service.served_version = served, served.version
    return served
