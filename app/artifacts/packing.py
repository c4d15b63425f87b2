"""Packing: from estimators to the files of an artifact."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import joblib
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.artifacts.golden import Golden
from app.artifacts.libraries import list_releases
from app.artifacts.manifest import GOLDEN_FILE, METADATA_FILE, MODEL_FILE, PREPROCESSOR_FILE, SIGNATURE_FILE, FileDigest
from app.artifacts.metadata import Metadata
from app.artifacts.pickled import list_globals
from app.artifacts.signing import sign


def pack_artifact(
    metadata: Metadata,
    golden: Golden,
    preprocessor: Any,
    model: Any,
    signing_key: Ed25519PrivateKey | None = None,
    code: Mapping[str, bytes] = MappingProxyType({}),
) -> dict[str, bytes]:
    """Return the content of each file of the artifact, a signature among them where there is a key to sign with.

    `code` are files of code that it brings along. The manifest in `metadata` is filled in here, and the releases of
    libraries that the pickles need and that `metadata` do not name.
    """
    pickles = {PREPROCESSOR_FILE: _pickle(preprocessor), MODEL_FILE: _pickle(model)}
    files = {**pickles, GOLDEN_FILE: _encode_json(golden.to_json()), **code}
    manifest = {name: FileDigest.of(content) for name, content in files.items()}
    needed = list_releases(each.module for content in pickles.values() for each in list_globals(content))
    document = {**metadata.to_json(), "files": _to_json(manifest)}
    files[METADATA_FILE] = _encode_json({**document, "library_versions": {**needed, **metadata.library_versions}})
    if signing_key is not None:
        files[SIGNATURE_FILE] = sign(files[METADATA_FILE], signing_key)
    return files


def _pickle(estimator: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(estimator, buffer)
    return buffer.getvalue()


def _encode_json(document: Any) -> bytes:
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False).encode() + b"\n"


def _to_json(manifest: dict[str, FileDigest]) -> dict[str, dict[str, Any]]:
    return {name: asdict(digest) for name, digest in manifest.items()}
