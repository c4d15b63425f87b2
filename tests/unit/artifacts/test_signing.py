from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.artifacts import ArtifactUntrusted, KeyUnusable, load_private_key
from app.artifacts.signing import check_signature, load_public_key, sign
from tests.support.signing_keys import SigningKey, write_signing_key

METADATA = b'{"version": "v1"}\n'
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KINDS = [(load_private_key, "an Ed25519 private key"), (load_public_key, "an Ed25519 public key")]

Load = Callable[[Path], object]


@pytest.fixture
def signing_key(tmp_path: Path) -> SigningKey:
    return write_signing_key(tmp_path)


def write_other_kind(path: Path, load: Load) -> None:
    """Write a key that is none of Ed25519."""
    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(private if load is load_private_key else public)


def test_the_keys_of_a_pair_belong_together(signing_key: SigningKey) -> None:
    signature = sign(METADATA, load_private_key(signing_key.private_file))
    check_signature("v1", METADATA, signature, load_public_key(signing_key.public_file))


def test_the_signature_is_one_line_of_base64() -> None:
    signature = sign(METADATA, KEY)
    assert signature == base64.b64encode(KEY.sign(METADATA)) + b"\n"


@pytest.mark.parametrize("change", [bytes.strip, lambda signature: b" " + signature.strip() + b"\r\n"])
def test_accepts_a_signature_whatever_its_line_ends_with(change: Callable[[bytes], bytes]) -> None:
    check_signature("v1", METADATA, change(sign(METADATA, KEY)), KEY.public_key())


@pytest.mark.parametrize(
    ("signature", "fault"),
    [
        (None, "it is not signed (metadata.json.sig is missing)"),
        (b"", "metadata.json.sig is not the signature of metadata.json"),
        (b"no base64!", "metadata.json.sig holds no signature in base64"),
        (b"abc", "metadata.json.sig holds no signature in base64"),
        (b"\xff\xfe", "metadata.json.sig holds no signature in base64"),
        (KEY.sign(METADATA), "metadata.json.sig holds no signature in base64"),
        (base64.b64encode(KEY.sign(METADATA)[:-1]), "metadata.json.sig is not the signature of metadata.json"),
        (base64.b64encode(KEY.sign(METADATA) + b"0"), "metadata.json.sig is not the signature of metadata.json"),
        (sign(METADATA + b" ", KEY), "metadata.json.sig is not the signature of metadata.json"),
        (sign(METADATA, Ed25519PrivateKey.generate()), "metadata.json.sig is not the signature of metadata.json"),
    ],
    ids=range(10),
)
def test_trusts_nothing_but_the_signature_of_the_metadata(signature: bytes | None, fault: str) -> None:
    with pytest.raises(ArtifactUntrusted) as refused:
        check_signature("v1", METADATA, signature, KEY.public_key())
    assert str(refused.value) == (
        f"Artifact v1 is not trusted: {fault}. Train it with SIGNING_KEY_FILE set to the private key that "
        "belongs to ARTIFACT_PUBLIC_KEY_FILE, or serve another version: 'make models' lists them."
    )


@pytest.mark.parametrize("position", range(len(METADATA)))
def test_trusts_no_metadata_of_which_one_byte_has_changed(position: int) -> None:
    changed = bytearray(METADATA)
    changed[position] ^= 1
    with pytest.raises(ArtifactUntrusted):
        check_signature("v1", bytes(changed), sign(METADATA, KEY), KEY.public_key())


def refuse_key(load: Load, path: Path) -> str:
    """Return the sentence with which the key in `path` is refused."""
    with pytest.raises(KeyUnusable) as refused:
        load(path)
    return str(refused.value)


@pytest.mark.parametrize(("load", "kind"), KINDS)
@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda path, load: None, "No such file or directory"),
        (lambda path, load: path.mkdir(), "Is a directory"),
        (lambda path, load: path.touch(), "it holds none"),
        (lambda path, load: path.write_bytes(bytes(range(256))), "it holds none"),
        (lambda path, load: path.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n"), "it holds none"),
        (write_other_kind, "it holds a key of another kind"),
    ],
)
def test_refuses_a_file_without_such_a_key(
    tmp_path: Path, load: Load, kind: str, write: Callable[[Path, Load], object], reason: str
) -> None:
    path = tmp_path / "key.pem"
    write(path, load)
    assert refuse_key(load, path) == f"{path} must be a file with {kind} in PEM, without a password: {reason}."


@pytest.mark.parametrize(("load", "kind"), KINDS)
def test_refuses_the_other_key_of_the_pair(signing_key: SigningKey, load: Load, kind: str) -> None:
    path = signing_key.public_file if load is load_private_key else signing_key.private_file
    assert refuse_key(load, path) == f"{path} must be a file with {kind} in PEM, without a password: it holds none."


def test_refuses_a_private_key_with_a_password(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    assert refuse_key(load_private_key, path) == (
        f"{path} must be a file with an Ed25519 private key in PEM, without a password: it holds none."
    )
