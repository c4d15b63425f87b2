"""Reads what /metrics says."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families


def read_samples(text: str, name: str) -> dict[tuple[str, ...], float]:
    """Return the samples `name` of a text in Prometheus' format, by the values of their labels, sorted by label."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for sample in samples
        if sample.name == name
    }
