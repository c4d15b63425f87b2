"""Drift: how far the input of a version has moved from its training data."""
