"""The kind of Flask application that the service is."""

from __future__ import annotations

from typing import Any

from flask import Flask


class ServiceApplication(Flask):
    """A Flask application that keeps to itself what its callers send."""

    def log_exception(self, exc_info: Any) -> None:
        """Log that a request has failed, without its path, which is the caller's."""
        self.logger.error("A request has failed.", exc_info=exc_info)
