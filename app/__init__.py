"""The HTTP service around a published model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Return the application. Until `serve_model` gives it a model, it answers 503 where one is needed."""
    # Imported here so that training, and scripts that use app.predictor alone, need no Flask.
    from app.commands.imports import models
    from app.commands.predictions import predictions
    from app.commands.smoke.command import smoke
    from app.openapi import routes as documentation
    from app.web.application import ServiceApplication
    from app.web.inference import views as inference
    from app.web.json_provider import OrjsonProvider
    from app.web.lifecycle import register_lifecycle
    from app.web.operations import views as operations
    from app.web.problems import register_problems
    from app.web.service import register_service

    app = ServiceApplication(__name__, static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False

    for routes in (inference, operations, documentation):
        app.register_blueprint(routes.blueprint)
    register_lifecycle(app, register_service(app, settings))
    register_problems(app)

    for command in (models, predictions, smoke):
        app.cli.add_command(command)
    return app
