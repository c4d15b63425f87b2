"""Evaluation: how good a model is on one part of the data, and over the folds of a cross-validation."""

from training.evaluation.cross_validation import BuildPipeline, cross_validate
from training.evaluation.tasks import TASKS, Evaluation, measure

__all__ = ["TASKS", "BuildPipeline", "Evaluation", "cross_validate", "measure"]
