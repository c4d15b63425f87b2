"""Engines: what computes the answers, from the fitted estimators of an artifact."""
