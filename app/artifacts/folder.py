"""The folder of one version, held open: no link is followed out of the folder of versions, no other file read, no byte
beyond what is expected."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from app.artifacts.content import Content, read_content
from app.artifacts.errors import ArtifactCorrupt, ArtifactUnreadable, LinkRefused
from app.artifacts.links import resolve_inside, resolve_version
from app.artifacts.manifest import CODE_FOLDER, CODE_PREFIX, METADATA_FILE, SIGNATURE_FILE, FileDigest
from app.artifacts.names import is_of_system

_MAX_METADATA_BYTES = 64 * 1024 * 1024
_MAX_SIGNATURE_BYTES = 1024
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Not blocking, as opening a named pipe would.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
# What opening a link without following it fails with; the other one where a folder is asked for.
_LINK_ERRORS = frozenset({errno.ELOOP, errno.ENOTDIR})


class VersionFolder:
    """The folder of a version, held open: what replaces it on disk meanwhile does not mix with what is read."""

    def __init__(self, version: str, descriptor: int, place: Path, artifact_dir: Path) -> None:
        self.version = version
        self._descriptor = descriptor
        self._place = place
        self._artifact_dir = artifact_dir

    def list_names(self) -> set[str]:
        """Return the names of everything that the folder holds, but for what operating systems leave there.

        In place of its folder of code, it is the names of what that holds.
        """
        names = self._list(self._descriptor, "its folder")
        code = self._open_code() if CODE_FOLDER in names else None
        if code is None:
            return names
        try:
            return names - {CODE_FOLDER} | {f"{CODE_PREFIX}{name}" for name in self._list(code, CODE_FOLDER)}
        finally:
            os.close(code)

    def read_metadata(self) -> bytes:
        """Return the content of metadata.json."""
        return self._read(METADATA_FILE, _MAX_METADATA_BYTES)

    def read_signature(self) -> bytes | None:
        """Return the content of the signature's file, `None` where the version has none."""
        return self._read(SIGNATURE_FILE, _MAX_SIGNATURE_BYTES) if SIGNATURE_FILE in self.list_names() else None

    def read_verified(self, name: str, expected: FileDigest) -> bytes:
        """Return the content of the file `name`, which has the size and the SHA-256 that are expected."""
        content = self._read(name, expected.size, expected.size)
        self._check_digest(name, content, expected)
        return content

    def share_verified(self, name: str, expected: FileDigest) -> Content:
        """Return what `read_verified` does; where it is large, in memory that forked processes have in common."""
        with self._open_checked(name, expected.size, expected.size) as (file, size):
            content = read_content(file, size)
        self._check_digest(name, content, expected)
        return content

    def _check_digest(self, name: str, content: Content, expected: FileDigest) -> None:
        if FileDigest.of(content) != expected:
            raise ArtifactCorrupt(self.version, f"{name} does not have the SHA-256 that the manifest says")

    def _open_code(self) -> int | None:
        """Return the folder of code, opened; `None` where something else stands in its place."""
        try:
            return os.open(CODE_FOLDER, _FOLDER_FLAGS, dir_fd=self._descriptor)
        except OSError:
            pass
        try:
            place = resolve_inside(self._artifact_dir, self._place / CODE_FOLDER)
            return os.open(place, _FOLDER_FLAGS) if place else None
        except OSError:
            return None

    def _list(self, descriptor: int, name: str) -> set[str]:
        try:
            return {name for name in os.listdir(descriptor) if not is_of_system(name)}
        except OSError as error:
            raise ArtifactUnreadable(self.version, name, _explain(error)) from error

    def _read(self, name: str, most_bytes: int, expected_bytes: int | None = None) -> bytes:
        with self._open_checked(name, most_bytes, expected_bytes) as (file, size):
            return file.read(size)

    @contextmanager
    def _open_checked(
        self, name: str, most_bytes: int, expected_bytes: int | None
    ) -> Iterator[tuple[BufferedReader, int]]:
        """Open a file, and say how long it may be read."""
        descriptor = self._open(name)
        try:
            size = self._check_size(name, os.fstat(descriptor), most_bytes, expected_bytes)
            with open(descriptor, "rb", closefd=False) as file:
                yield file, size
        except OSError as error:
            raise ArtifactUnreadable(self.version, name, _explain(error)) from error
        except MemoryError as error:
            raise ArtifactUnreadable(self.version, name, "it does not fit into the memory") from error
        finally:
            os.close(descriptor)

    def _check_size(self, name: str, status: os.stat_result, most_bytes: int, expected_bytes: int | None) -> int:
        if not stat.S_ISREG(status.st_mode):
            raise ArtifactCorrupt(self.version, f"{name} is not a regular file")
        size = status.st_size
        if expected_bytes is not None and size != expected_bytes:
            raise ArtifactCorrupt(self.version, f"{name} has {size} bytes where the manifest says {expected_bytes}")
        if size > most_bytes:
            raise ArtifactCorrupt(self.version, f"{name} has {size} bytes, more than the {most_bytes} allowed")
        return size

    def _open(self, name: str) -> int:
        try:
            return self._open_unlinked(name)
        except FileNotFoundError as error:
            raise ArtifactCorrupt(self.version, f"{name} is missing") from error
        except OSError as error:
            if error.errno in _LINK_ERRORS:
                return self._open_linked(name)
            raise ArtifactUnreadable(self.version, name, _explain(error)) from error

    def _open_unlinked(self, name: str) -> int:
        folder, _, file = name.rpartition("/")
        if not folder:
            return os.open(file, _FILE_FLAGS, dir_fd=self._descriptor)
        place = os.open(folder, _FOLDER_FLAGS, dir_fd=self._descriptor)
        try:
            return os.open(file, _FILE_FLAGS, dir_fd=place)
        finally:
            os.close(place)

    def _open_linked(self, name: str) -> int:
        try:
            target = resolve_inside(self._artifact_dir, self._place / name)
            if target is None:
                raise LinkRefused(self.version, name, self._artifact_dir, f"out of {self._artifact_dir}")
            return os.open(target, _FILE_FLAGS)
        except FileNotFoundError as error:
            raise LinkRefused(self.version, name, self._artifact_dir, "nowhere") from error
        except OSError as error:
            raise ArtifactUnreadable(self.version, name, _explain(error)) from error


@contextmanager
def open_folder(artifact_dir: Path, version: str) -> Iterator[VersionFolder]:
    """Open the folder of a published version. Raises `ArtifactUnreadable` or `LinkRefused`."""
    try:
        place = resolve_version(artifact_dir, version)
        if place is None:
            raise LinkRefused(version, "its folder", artifact_dir, f"to no folder {version} in {artifact_dir}")
        descriptor = os.open(place, _FOLDER_FLAGS)
    except OSError as error:
        raise ArtifactUnreadable(version, "its folder", _explain(error)) from error
    try:
        yield VersionFolder(version, descriptor, place, artifact_dir)
    finally:
        os.close(descriptor)


def _explain(error: OSError) -> str:
    return error.strerror or type(error).__name__
