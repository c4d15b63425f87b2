"""Evaluation: how good a pipeline is on one part of the data, and over the folds of a cross-validation."""

from training.evaluation.cross_validation import BuildPipeline, cross_validate
from training.evaluation.predicting import find_predicted_quantile, measure, predict

__all__ = ["BuildPipeline", "cross_validate", "find_predicted_quantile", "measure", "predict"]
