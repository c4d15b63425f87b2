"""The environment to deploy to, and the image to deploy, as the variables of the process say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from release.docker import ReleaseFailed

_ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{0,19}")
_BY_DIGEST = re.compile(r"[a-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}")
_SECONDS = re.compile(r"[1-9][0-9]{0,4}")
_NOT_IN_AN_ADDRESS = re.compile(r"[^!-~]|[?#@\\]")
_FILES = ("TLS_CERTIFICATE_FILE", "TLS_KEY_FILE", "ARTIFACT_PUBLIC_KEY_FILE")


@dataclass(frozen=True)
class Target:
    """One environment: the stack on the engine, where its service answers, and who vouches for it there."""

    environment: str
    service_url: str
    timeout_seconds: float = 600.0
    authority: str = ""

    @property
    def stack(self) -> str:
        """The name of the stack."""
        return f"ml-service-{self.environment}"


@dataclass(frozen=True)
class Deployment:
    """An image for a target, the version that it was built with, and the texts that are handed to its stack."""

    target: Target
    image: str
    version: str
    tls_certificate: str = ""
    tls_key: str = ""
    public_key: str = ""


def read_target(environ: Mapping[str, str], *others: str) -> Target:
    """Return the target that `environ` names. Raises `ReleaseFailed`, with the faults of `others` as well."""
    faults: list[str] = []
    environment, url = get(environ, "ENVIRONMENT"), get(environ, "SERVICE_URL")
    timeout = get(environ, "DEPLOY_TIMEOUT_SECONDS") or "600"
    if not get(environ, "DOCKER_HOST"):
        faults.append("DOCKER_HOST must name the engine, such as ssh://deploy@staging.example.com")
    if not _ENVIRONMENT.fullmatch(environment):
        faults.append("ENVIRONMENT must be up to 20 small letters, digits or '-', such as staging")
    if not _is_address(url):
        faults.append("SERVICE_URL must be where the service will answer, such as http://staging.example.com")
    if not _SECONDS.fullmatch(timeout) or int(timeout) > 86400:
        faults.append("DEPLOY_TIMEOUT_SECONDS must be a whole number from 1 to 86400")
    authority = _read_text(environ, "SSL_CERT_FILE", faults) if url.startswith("https:") else ""
    if faults or others:
        raise ReleaseFailed(f"The environment cannot be used: {'; '.join([*faults, *others])}.")
    return Target(environment, url, float(timeout), authority)


def read_deployment(environ: Mapping[str, str]) -> Deployment:
    """Return the deployment that `environ` describes. Raises `ReleaseFailed`."""
    faults: list[str] = []
    if not _BY_DIGEST.fullmatch(get(environ, "IMAGE")):
        faults.append("IMAGE must be an image by its digest, such as registry.example.com/ml-service@sha256:...")
    if bool(get(environ, "TLS_CERTIFICATE_FILE")) != bool(get(environ, "TLS_KEY_FILE")):
        faults.append("TLS_CERTIFICATE_FILE and TLS_KEY_FILE must be set together")
    texts = [_read_text(environ, name, faults) for name in _FILES]
    version = _find_version(Path(get(environ, "ARTIFACT_DIR") or "artifacts"), faults)
    return Deployment(read_target(environ, *faults), get(environ, "IMAGE"), version, *texts)


def get(environ: Mapping[str, str], name: str) -> str:
    """Return what a variable says, empty where it is not set."""
    return environ.get(name, "").strip()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.scheme in ("http", "https") and parts.hostname and parts.port != 0) and not (
            _NOT_IN_AN_ADDRESS.search(url)
        )
    except ValueError:
        return False


def _find_version(folder: Path, faults: list[str]) -> str:
    """Return the current version in `folder`, or the only one: an archive of artifacts may lose the link."""
    link, versions = folder / "current", [each.name for each in folder.glob("*/")]
    if link.is_symlink():
        return link.readlink().name
    if len(versions) != 1:
        faults.append(f"ARTIFACT_DIR must hold the version that IMAGE was built with, and {folder} has no current one")
    return versions[0] if versions else ""


def _read_text(environ: Mapping[str, str], name: str, faults: list[str]) -> str:
    """Return what the file says that `name` names, empty where it names none."""
    try:
        return Path(get(environ, name)).read_text() if get(environ, name) else ""
    except (OSError, UnicodeDecodeError):
        faults.append(f"{name} must name a file of text")
        return ""
