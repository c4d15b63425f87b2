"""Signatures: Ed25519 (RFC 8032) over the bytes of metadata.json, whose manifest vouches for the other files."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from app.artifacts.errors import ArtifactUntrusted, KeyUnusable
from app.artifacts.manifest import METADATA_FILE, SIGNATURE_FILE

_PRIVATE = "an Ed25519 private key"
_PUBLIC = "an Ed25519 public key"


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in the PEM file `path`. Raises `KeyUnusable`."""
    try:
        key = load_pem_private_key(_read_key(path, _PRIVATE), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(path, _PRIVATE, "it holds none") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(path, _PRIVATE, "it holds a key of another kind")
    return key


def load_public_key(path: Path) -> Ed25519PublicKey:
    """Return the key in the PEM file `path`. Raises `KeyUnusable`."""
    try:
        key = load_pem_public_key(_read_key(path, _PUBLIC))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(path, _PUBLIC, "it holds none") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(path, _PUBLIC, "it holds a key of another kind")
    return key


def sign(metadata_bytes: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the content of the signature's file: the signature in base64, on one line."""
    return base64.b64encode(key.sign(metadata_bytes)) + b"\n"


def check_signature(version: str, metadata_bytes: bytes, signature_file: bytes | None, key: Ed25519PublicKey) -> None:
    """Raise `ArtifactUntrusted` unless `signature_file` holds the signature of `metadata_bytes` by `key`."""
    if signature_file is None:
        raise ArtifactUntrusted(version, f"it is not signed ({SIGNATURE_FILE} is missing)")
    try:
        signature = base64.b64decode(signature_file.strip(), validate=True)
    except binascii.Error as error:
        raise ArtifactUntrusted(version, f"{SIGNATURE_FILE} holds no signature in base64") from error
    try:
        key.verify(signature, metadata_bytes)
    except InvalidSignature as error:
        raise ArtifactUntrusted(version, f"{SIGNATURE_FILE} is not the signature of {METADATA_FILE}") from error


def _read_key(path: Path, kind: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyUnusable(path, kind, error.strerror or type(error).__name__) from error
