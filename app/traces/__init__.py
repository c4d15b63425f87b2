"""Traces: the caller's trace, continued, and spans for OpenTelemetry."""
