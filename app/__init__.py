"""The HTTP service around a published model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Return the application. Until `serve_model` gives it a model, it answers 503 where one is needed."""
    # Imported here so that training, and scripts that use app.predictor alone, need no Flask.
    from app.commands.models import models
    from app.commands.predictions import predictions
    from app.openapi import routes as documentation
    from app.web.access_line import register_access_line
    from app.web.application import ServiceApplication
    from app.web.errors import register_error_handlers
    from app.web.inference import views as inference
    from app.web.json_provider import OrjsonProvider
    from app.web.lifecycle import register_request_context
    from app.web.metrics import add_monitor, register_metrics
    from app.web.operations import views as operations
    from app.web.recording import register_prediction_log
    from app.web.service import configure

    app = ServiceApplication(__name__, static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False

    configure(app, settings)
    register_access_line(app)
    register_prediction_log(app, settings)
    register_metrics(app)
    register_request_context(app)
    register_error_handlers(app)

    app.register_blueprint(inference.blueprint)
    app.register_blueprint(operations.blueprint)
    app.register_blueprint(documentation.blueprint)
    add_monitor(app, settings)
    app.cli.add_command(models)
    app.cli.add_command(predictions)
    return app
