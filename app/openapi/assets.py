"""The files that the documentation's pages load, by the name under which they are served."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import offapi

_CSS = "text/css; charset=utf-8"
_JAVASCRIPT = "text/javascript; charset=utf-8"
_SVG = "image/svg+xml"


@dataclass(frozen=True)
class Asset:
    """A file of an installed package."""

    package: str
    path: str
    content_type: str

    def read_bytes(self) -> bytes:
        """Return the content of the file."""
        return resources.files(self.package).joinpath(self.path).read_bytes()


ASSETS = {
    "swagger-ui.css": Asset(offapi.__name__, "swagger_style.css", _CSS),
    "swagger-ui.js": Asset(offapi.__name__, "swagger_bundle.js", _JAVASCRIPT),
    "redoc.js": Asset(offapi.__name__, "redoc.js", _JAVASCRIPT),
    "show-swagger-ui.js": Asset("app.openapi", "pages/show-swagger-ui.js", _JAVASCRIPT),
    "show-redoc.js": Asset("app.openapi", "pages/show-redoc.js", _JAVASCRIPT),
    "icon.svg": Asset("app.openapi", "pages/icon.svg", _SVG),
}
