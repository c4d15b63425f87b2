"""ModelPredictor under the name by which scripts import it; it lives in `app.model.predictor`."""

from app.model.predictor import BatchPrediction, ModelPredictor, Prediction

__all__ = ["BatchPrediction", "ModelPredictor", "Prediction"]
