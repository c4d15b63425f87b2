"""Metrics: counts in memory that all processes share, and their exposition in Prometheus' text format."""
