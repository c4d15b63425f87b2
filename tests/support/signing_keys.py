"""Ed25519 keys in files, as an operator has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class SigningKey:
    """A key, and the PEM files of its two halves."""

    key: Ed25519PrivateKey
    private_file: Path
    public_file: Path


def write_signing_key(folder: Path) -> SigningKey:
    """Make a new key and write both its halves into `folder`."""
    key = Ed25519PrivateKey.generate()
    signing_key = SigningKey(key, folder / "private.pem", folder / "public.pem")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signing_key.private_file.write_bytes(private)
    signing_key.public_file.write_bytes(public)
    return signing_key
