"""Versions that must not be served, each with the words that name its fault."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.artifacts import Artifact, lock_artifacts, make_current, pack_artifact
from app.artifacts.manifest import GOLDEN_FILE, METADATA_FILE, SIGNATURE_FILE, FileDigest
from app.artifacts.signing import sign

BROKEN_VERSION = "broken"

Files = dict[str, bytes]


class Trap:
    """Runs `code` when it is unpickled, and unpickles as nothing."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (self.code,)


@dataclass(frozen=True)
class Fault:
    """Something wrong with a version: how it is brought about, and what must be said about it."""

    words: str
    break_files: Callable[[Files], Files] = dict
    """Changes the content of the files, before they are signed."""
    break_folder: Callable[[Path], None] = lambda folder: None
    """Changes the folder once it is published."""
    is_signed: bool = True
    key: Ed25519PrivateKey | None = None
    """Signs instead of the right key."""


def build_files(artifact: Artifact, version: str, code: str = "") -> Files:
    """Return the files of `artifact` under another name; they run `code` whenever they are unpickled."""
    preprocessor, model = artifact.unpickle()
    if code:
        model.trap_ = Trap(code)
    return pack_artifact(replace(artifact.metadata, version=version), artifact.golden, preprocessor, model)


def publish_broken(artifact_dir: Path, files: Files, fault: Fault, key: Ed25519PrivateKey) -> None:
    """Write a version with `fault` and make it the current one."""
    files = fault.break_files(files)
    if fault.is_signed:
        files = {**files, SIGNATURE_FILE: sign(files[METADATA_FILE], fault.key or key)}
    folder = artifact_dir / BROKEN_VERSION
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with lock_artifacts(artifact_dir):
        make_current(artifact_dir, BROKEN_VERSION)
    fault.break_folder(folder)


def change_metadata(**changes: Any) -> Callable[[Files], Files]:
    """Return what sets `changes` in metadata.json."""

    def change(files: Files) -> Files:
        document = {**json.loads(files[METADATA_FILE]), **changes}
        return {**files, METADATA_FILE: json.dumps(document).encode()}

    return change


def replace_content(name: str, content: bytes) -> Callable[[Files], Files]:
    """Return what gives the file `name` other content, and the manifest the digest of that."""

    def change(files: Files) -> Files:
        manifest = json.loads(files[METADATA_FILE])["files"]
        digest = FileDigest.of(content)
        manifest[name] = {"size": digest.size, "sha256": digest.sha256}
        return {**change_metadata(files=manifest)(files), name: content}

    return change


def forge_digest(name: str) -> Callable[[Files], Files]:
    """Return what gives the file `name` a wrong SHA-256 in the manifest."""

    def change(files: Files) -> Files:
        manifest = json.loads(files[METADATA_FILE])["files"]
        manifest[name]["sha256"] = "0" * 64
        return change_metadata(files=manifest)(files)

    return change


def change_golden_labels(files: Files) -> Files:
    """Give every golden row another label."""
    golden = json.loads(files[GOLDEN_FILE])
    golden["labels"] = [(label + 1) % len(golden["probabilities"][0]) for label in golden["labels"]]
    return replace_content(GOLDEN_FILE, json.dumps(golden).encode())(files)


def flip_bit(folder: Path) -> None:
    """Flip one bit in the middle of the model."""
    file = folder / "model.pkl"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def truncate(folder: Path) -> None:
    """Cut the model in half."""
    os.truncate(folder / "model.pkl", (folder / "model.pkl").stat().st_size // 2)


def link_elsewhere(folder: Path) -> None:
    """Replace golden.json by a link to the same content outside the folder of versions."""
    elsewhere = folder.parent.parent / "elsewhere"
    (folder / GOLDEN_FILE).rename(elsewhere)
    (folder / GOLDEN_FILE).symlink_to(elsewhere)


def remove_contents(folder: Path) -> None:
    """Leave the folder empty."""
    for file in folder.iterdir():
        file.unlink()


def remove(folder: Path) -> None:
    """Leave the link to the folder dangling."""
    remove_contents(folder)
    folder.rmdir()
