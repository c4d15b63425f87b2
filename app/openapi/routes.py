"""The OpenAPI document, and the pages that show it: Swagger UI at /docs, Redoc at /redoc.

The pages load nothing from elsewhere, so they work where there is no internet.
"""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Flask, Response, abort, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.openapi.assets import ASSETS
from app.openapi.document import build_document, encode_document
from app.web.description import MODEL_PROBLEMS, Answer, describe
from app.web.service import ServedModel, get_service

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)

_DOWNLOAD_PARAMETER = {
    "name": "download",
    "in": "query",
    "description": "`1` to have the document saved as a file.",
    "schema": {"type": "string"},
}
_DOWNLOAD_HEADER = {
    "Content-Disposition": {"description": "With `download=1` only.", "schema": {"type": "string"}},
}
_ASSET_PARAMETER = {
    "name": "name",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": sorted(ASSETS)},
}
# Relative, so that they lead on below a prefix that a proxy takes off.
_LINKS = {
    "predict": "predict",
    "predict_batch": "predict/batch",
    "model": "model",
    "drift": "model/drift",
    "health": "health",
    "ready": "ready",
    "openapi": "openapi.json",
    "docs": "docs",
}

blueprint = Blueprint("documentation", __name__, template_folder="pages")


@blueprint.get("/")
@describe(
    "Where to begin: a browser is sent to `docs`, a program gets links",
    Answer("The links.", {"type": "object", "additionalProperties": {"type": "string"}}),
    is_listed=False,
)
def root() -> ResponseReturnValue:
    """Send a browser to the documentation, and give a program the links."""
    accepted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    response = redirect("docs") if accepted == "text/html" else make_response(_LINKS)
    response.vary.add("Accept")
    return response


@blueprint.get("/openapi.json")
@describe(
    "This document, for the model being served",
    Answer("The document.", {"type": "object"}, headers=_DOWNLOAD_HEADER),
    problems=MODEL_PROBLEMS,
    parameters=(_DOWNLOAD_PARAMETER,),
)
def openapi_json() -> ResponseReturnValue:
    """Give the OpenAPI document as JSON."""
    return _answer_document("openapi.json", "application/json")


@blueprint.get("/openapi.yaml")
@describe(
    "This document, for the model being served",
    Answer("The document.", {"type": "object"}, media_type="application/yaml", headers=_DOWNLOAD_HEADER),
    problems=MODEL_PROBLEMS,
    parameters=(_DOWNLOAD_PARAMETER,),
)
def openapi_yaml() -> ResponseReturnValue:
    """Give the OpenAPI document as YAML."""
    return _answer_document("openapi.yaml", "application/yaml")


@blueprint.get("/docs")
@describe("This document in Swagger UI", Answer("The page.", media_type="text/html"))
def docs() -> ResponseReturnValue:
    """Show the document in Swagger UI."""
    return _answer_page("docs.html")


@blueprint.get("/redoc")
@describe("This document in Redoc", Answer("The page.", media_type="text/html"))
def redoc() -> ResponseReturnValue:
    """Show the document in Redoc."""
    return _answer_page("redoc.html")


@blueprint.get("/docs/assets/<name>")
@describe(
    "A file that the pages load",
    Answer("The file.", media_type="*/*"),
    problems=(404, 500),
    parameters=(_ASSET_PARAMETER,),
)
def asset(name: str) -> ResponseReturnValue:
    """Give a file that the pages load."""
    if name not in ASSETS:
        abort(404)
    response = Response(ASSETS[name].read_bytes(), content_type=ASSETS[name].content_type)
    response.cache_control.max_age = 3600
    return response


def _answer_document(file_name: str, media_type: str) -> Response:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the cache must not keep the proxy
    content = _encode_document(app, get_service().get_served(), file_name, _find_root())
    response = Response(content, content_type=media_type)
    if request.args.get("download") == "1":
        response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _answer_page(template: str) -> Response:
    response = Response(render_template(template, root=_find_root()), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _PAGE_POLICY
    return response


def _find_root() -> str:
    """Return the way from the address of this request to the root of the service, without a slash at its end.

    A proxy may have taken a prefix off the address, which the service never learns; what its caller sees ends as what
    comes here does, and so the way back is the same.
    """
    return "/".join([".."] * (request.path.count("/") - 1)) or "."


@lru_cache(maxsize=4)
def _encode_document(app: Flask, served: ServedModel, file_name: str, root: str) -> bytes:
    return encode_document(build_document(app, served, root), file_name)
