"""How the application hands its predictions to the prediction log: once they have been answered, and only then."""

from __future__ import annotations

from flask import Flask, Response, current_app, g

from app.columns.table import FloatMatrix
from app.outputs.classes import BatchPrediction
from app.prediction_log.log import PredictionLog
from app.prediction_log.log_files import LogFiles
from app.settings import Settings
from app.web.service import get_settings

_PREDICTION_LOG = "ml_service.prediction_log"


def register_prediction_log(app: Flask, settings: Settings) -> None:
    """Have `app` hand on what it answers, if it is to be kept. To be called before anything else answers to requests.

    What is registered first looks at a response last: nothing after it can make another answer of it.
    """
    app.extensions[_PREDICTION_LOG] = None
    if settings.prediction_log_dir is not None:
        app.after_request(_keep_answered)


def start_prediction_log(app: Flask) -> None:
    """Keep the predictions of `app` from now on, if they are to be kept. To be called after any fork."""
    with app.app_context():
        settings = get_settings()
    if settings.prediction_log_dir is not None:
        files = LogFiles(settings.prediction_log_dir, settings.prediction_log_max_bytes)
        app.extensions[_PREDICTION_LOG] = PredictionLog(files)


def find_prediction_log(app: Flask = current_app) -> PredictionLog | None:
    """Return the prediction log of this process, `None` where predictions are not kept. It counts its records."""
    log: PredictionLog | None = app.extensions[_PREDICTION_LOG]
    return log


def close_prediction_log(app: Flask) -> None:
    """Write what waits to be written, for about two seconds at most, and close the file."""
    log = find_prediction_log(app)
    if log is not None and not log.close():
        app.logger.error("Not all predictions could be kept in time.")


def note_predictions(instances: FloatMatrix, answers: BatchPrediction) -> None:
    """Have the prediction log keep what the current request has asked, and is about to be answered."""
    g.predictions = instances, answers


def _keep_answered(response: Response) -> Response:
    log = find_prediction_log()
    predictions = g.get("predictions")
    if log is not None and predictions is not None and response.status_code == 200:
        log.keep(g.request_id, *predictions)
    return response
