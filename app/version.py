"""The version of the service and of its interface, by semantic versioning."""

__version__ = "1.0.0"
