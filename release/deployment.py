"""What is to be deployed and where to, as the environment says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from release.service_address import AddressUnusable, ServiceAddress

DEFAULT_TIMEOUT_SECONDS = 600

_ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{0,19}")
_BY_DIGEST = re.compile(r"[a-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}")
_FILES = ("TLS_CERTIFICATE_FILE", "TLS_KEY_FILE", "ARTIFACT_PUBLIC_KEY_FILE")


class DeploymentInvalid(Exception):
    """The environment does not say what to deploy; the message names every variable at fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(f"The environment cannot be used: {'; '.join(faults)}.")


@dataclass(frozen=True)
class Target:
    """One environment: the stack on the engine, and where its service answers."""

    environment: str
    service_url: str
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS

    @property
    def stack(self) -> str:
        """The name of the stack."""
        return f"ml-service-{self.environment}"


@dataclass(frozen=True)
class Deployment:
    """An image for a target, with the artifact that is baked into it."""

    target: Target
    image: str
    artifact_dir: Path
    tls_certificate_file: Path | None
    tls_key_file: Path | None
    artifact_public_key_file: Path | None


def read_target(environ: Mapping[str, str]) -> Target:
    """Return the target that `environ` names. Raises `DeploymentInvalid`."""
    faults = _find_target_faults(environ)
    if faults:
        raise DeploymentInvalid(faults)
    timeout = _get(environ, "DEPLOY_TIMEOUT_SECONDS") or DEFAULT_TIMEOUT_SECONDS
    return Target(_get(environ, "ENVIRONMENT"), _get(environ, "SERVICE_URL"), float(timeout))


def read_deployment(environ: Mapping[str, str]) -> Deployment:
    """Return the deployment that `environ` describes. Raises `DeploymentInvalid`."""
    faults = _find_target_faults(environ) + _find_deployment_faults(environ)
    if faults:
        raise DeploymentInvalid(faults)
    certificate, key, public_key = (Path(_get(environ, name)) if _get(environ, name) else None for name in _FILES)
    artifact_dir = Path(_get(environ, "ARTIFACT_DIR") or "artifacts")
    return Deployment(read_target(environ), _get(environ, "IMAGE"), artifact_dir, certificate, key, public_key)


def _find_target_faults(environ: Mapping[str, str]) -> list[str]:
    faults = []
    if not _get(environ, "DOCKER_HOST"):
        faults.append("DOCKER_HOST must name the engine, such as ssh://deploy@staging.example.com")
    if not _ENVIRONMENT.fullmatch(_get(environ, "ENVIRONMENT")):
        faults.append("ENVIRONMENT must be up to 20 small letters, digits or '-', such as staging")
    try:
        ServiceAddress.parse(_get(environ, "SERVICE_URL"))
    except AddressUnusable:
        faults.append("SERVICE_URL must be where the service will answer, such as http://staging.example.com")
    timeout = _get(environ, "DEPLOY_TIMEOUT_SECONDS") or "1"
    if not (timeout.isascii() and timeout.isdigit() and len(timeout) <= 5 and 1 <= int(timeout) <= 86400):
        faults.append("DEPLOY_TIMEOUT_SECONDS must be a whole number from 1 to 86400")
    return faults


def _find_deployment_faults(environ: Mapping[str, str]) -> list[str]:
    faults = []
    if not _BY_DIGEST.fullmatch(_get(environ, "IMAGE")):
        faults.append("IMAGE must be an image by its digest, such as registry.example.com/ml-service@sha256:...")
    if bool(_get(environ, "TLS_CERTIFICATE_FILE")) != bool(_get(environ, "TLS_KEY_FILE")):
        faults.append("TLS_CERTIFICATE_FILE and TLS_KEY_FILE must be set together")
    named = [name for name in _FILES if _get(environ, name)]
    return faults + [f"{name} must name a file of text" for name in named if not _is_text(_get(environ, name))]


def _get(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()


def _is_text(path: str) -> bool:
    try:
        Path(path).read_text()
    except (OSError, UnicodeDecodeError):
        return False
    return True
