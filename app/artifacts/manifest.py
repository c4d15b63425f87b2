"""The manifest: the files that an artifact has, each with its size and its SHA-256."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.artifacts.content import Content

PREPROCESSOR_FILE = "preprocessor.pkl"
MODEL_FILE = "model.pkl"
GOLDEN_FILE = "golden.json"
METADATA_FILE = "metadata.json"
SIGNATURE_FILE = "metadata.json.sig"
MANIFEST_FILES = frozenset({PREPROCESSOR_FILE, MODEL_FILE, GOLDEN_FILE})
"""What every artifact has; `code/…` comes on top where it brings code of its own."""
CODE_FOLDER = "code"
CODE_PREFIX = f"{CODE_FOLDER}/"
PACKAGE_SUFFIX = ".__init__.py"
MAX_CODE_BYTES = 4 * 1024 * 1024
"""What the code of a version may have, all files together: it is code, not data."""

_CODE_FILE = re.compile(r"code/[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\.py")
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class FileDigest:
    """The size in bytes and the SHA-256 of one file of an artifact."""

    size: int
    sha256: str

    @classmethod
    def of(cls, content: Content) -> FileDigest:
        """Return the digest of `content`."""
        return cls(size=len(content), sha256=hashlib.sha256(content).hexdigest())

    @classmethod
    def from_json(cls, document: Any, name: str) -> FileDigest:
        """Return the digest that the manifest gives for the file `name`. Raises `ValueError`."""
        check_keys(document, {"size", "sha256"}, where=f"files/{name}")
        size, sha256 = document["size"], document["sha256"]
        if type(size) is not int or size < 0:
            raise ValueError(f"the size of {name!r} must be a whole number")
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise ValueError(f"the SHA-256 of {name!r} must be 64 hexadecimal digits, in lower case")
        return cls(size, sha256)


def name_module(file: str) -> str:
    """Return the module that a file of code holds: `code/package.module.py` is `package.module`."""
    return file.removeprefix(CODE_PREFIX).removesuffix(".py").removesuffix(PACKAGE_SUFFIX.removesuffix(".py"))


def is_code_file(name: str) -> bool:
    """Return whether a file of an artifact has this name if it holds code."""
    return _CODE_FILE.fullmatch(name) is not None


def parse_manifest(files: Any) -> dict[str, FileDigest]:
    """Return the digests of just the files that an artifact has. Raises `ValueError`."""
    if not isinstance(files, dict):
        raise ValueError("'files' must be an object")
    code = {name for name in files if is_code_file(name)}
    for name in files.keys() - code:
        if name in {".", ".."} or "/" in name or "\0" in name:
            raise ValueError(f"the manifest names {name!r}, which is a path, not the name of a file")
    if unknown := files.keys() - MANIFEST_FILES - code:
        raise ValueError(f"the manifest names {_quote(unknown)}, which no artifact has")
    if missing := MANIFEST_FILES - files.keys():
        raise ValueError(f"the manifest does not name {_quote(missing)}")
    digests = {name: FileDigest.from_json(digest, name) for name, digest in files.items()}
    if (n_bytes := sum(digests[name].size for name in code)) > MAX_CODE_BYTES:
        raise ValueError(f"the code of the version has {n_bytes} bytes, more than the {MAX_CODE_BYTES} allowed")
    return digests


def _quote(names: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(names)))


def check_keys(document: Any, keys: set[str], where: str = "", optional: frozenset[str] = frozenset()) -> None:
    """Raise `ValueError` unless `document` is an object with just these keys, the `optional` ones or not."""
    place = f" in {where!r}" if where else ""
    if not isinstance(document, dict):
        raise ValueError(f"an object was expected{place}")
    if missing := keys - optional - document.keys():
        raise ValueError(f"missing{place}: {', '.join(sorted(missing))}")
    if unknown := document.keys() - keys:
        raise ValueError(f"unknown{place}: {', '.join(sorted(unknown))}")
