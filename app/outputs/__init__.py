"""Outputs: what a model answers, and how it is written down."""
