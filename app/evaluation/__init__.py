"""Evaluation: how good answers are, from whatever they came: a pipeline in training, a fitted model, a version."""
