"""The model that this process serves, with all that is derived from it once."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from app.artifacts import Artifact, Golden, VersionMismatch
from app.drift.window import ModelCounter
from app.model.model import Model, load_model
from app.settings import Settings
from app.web.errors import ModelUnavailable
from app.web.inference.schemas import RequestSchema, build_batch_schema, build_predict_schema
from app.web.metrics import get_monitor

# What X-Model-Version says while there is no model.
NO_MODEL = "none"

_SETTINGS = "ml_service.settings"
_SERVED_MODEL = "ml_service.served_model"


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

    @property
    def version(self) -> str:
        """The version of the artifact that answers."""
        return self.model.version


def configure(app: Flask, settings: Settings) -> None:
    """Give `app` its settings; it serves no model yet."""
    app.extensions[_SETTINGS] = settings
    app.extensions[_SERVED_MODEL] = None


def serve_model(app: Flask, artifact: Artifact) -> ServedModel:
    """Make `app` serve `artifact` once it has passed its self-test, and return what it serves.

    Raises `ArtifactError`, and then nothing changes.

    To be called in the process that answers, after any fork: estimators may start threads when they predict.
    """
    model = load_model(artifact)
    max_batch_size = app.extensions[_SETTINGS].max_batch_size
    served = ServedModel(
        model=model,
        golden=artifact.golden,
        counter=get_monitor(app).watch(artifact.metadata),
        is_signature_verified=artifact.is_signature_verified,
        version_mismatch=artifact.version_mismatch,
        predict_schema=build_predict_schema(model.columns),
        batch_schema=build_batch_schema(model.columns, max_batch_size),
        max_batch_size=max_batch_size,
    )
    app.extensions[_SERVED_MODEL] = served
    return served


def get_settings() -> Settings:
    """Return the settings of the current app."""
    settings: Settings = current_app.extensions[_SETTINGS]
    return settings


def find_served_model(app: Flask = current_app) -> ServedModel | None:
    """Return the model of `app`, by default the current one, or `None` while there is none."""
    served: ServedModel | None = app.extensions[_SERVED_MODEL]
    return served


def name_served_version(app: Flask = current_app) -> str:
    """Return the value of X-Model-Version in the answers of `app`."""
    served = find_served_model(app)
    return served.version if served else NO_MODEL


def get_served_model() -> ServedModel:
    """Return the model of the current app. Raises `ModelUnavailable` while there is none."""
    served = find_served_model()
    if served is None:
        raise ModelUnavailable
    return served
