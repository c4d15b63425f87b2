"""Makes a release of a deployment, and has the engine run it: the stack files of `docker/`, with their variables."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from release.deployment import Deployment
from release.docker import Docker
from release.expectation import Expectation
from release.records import STACK_LABEL, Release

FOLDER = Path(__file__).parent.parent / "docker"
STACK_FILE = "stack.yml"
TLS_STACK_FILE = "stack.tls.yml"
SIGNED_STACK_FILE = "stack.signed.yml"
PUBLIC_KEY_FILE = "artifact-public-key.pem"

_VARIABLE = re.compile(r"\$\{([A-Z_]+)")
_NGINX_IMAGE = re.compile(r"\$\{NGINX_IMAGE:-([^}]+)\}")
_MOUNTED_FILE = re.compile(r"\bfile: ([\w./-]+)")
_NGINX_FOLDER = "nginx/"
_DIGEST_LENGTH = 12


def build_release(
    docker: Docker, deployment: Deployment, expectation: Expectation, previous: str | None, environ: Mapping[str, str]
) -> Release:
    """Return the release of `deployment`, whose secrets are at the engine then. Raises `DockerFailed` or `OSError`."""
    stack = deployment.target.stack
    files = _read_files(deployment)
    name = f"{stack}-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
    variables = {name: environ[name].strip() for name in _list_variables(files) if environ.get(name, "").strip()}
    variables |= {"IMAGE": deployment.image, "STACK": stack, "RELEASE": name, **_build_digests(files)}
    if deployment.tls_certificate_file and deployment.tls_key_file:
        variables["TLS_CERTIFICATE_SECRET"] = _create_secret(docker, stack, "tls", deployment.tls_certificate_file)
        variables["TLS_KEY_SECRET"] = _create_secret(docker, stack, "tls-key", deployment.tls_key_file)
    return Release(name, stack, deployment.image, previous, files, variables, expectation.to_json())


def run_release(docker: Docker, release: Release) -> None:
    """Have the engine run `release` instead of what it runs, without waiting for it. Raises `DockerFailed`."""
    with tempfile.TemporaryDirectory(prefix="ml-service-") as name:
        for path, text in release.files.items():
            file = Path(name) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        stack_files = [path for path in release.files if path.endswith(".yml")]
        options = [option for path in stack_files for option in ("--compose-file", str(Path(name) / path))]
        # What the environment says now is of another release.
        others = dict.fromkeys(_list_variables(release.files), "")
        variables = {**others, **release.variables}
        # Tags are not looked up: nginx would be another one, and be replaced, whenever its tag has moved on.
        options += ["--resolve-image", "never", *(["--with-registry-auth"] if docker.hands_on_login else [])]
        docker.run("stack", "deploy", "--prune", *options, release.stack, variables=variables)


def find_nginx_image(release: Release) -> str | None:
    """Return nginx's image in `release`, `None` where its stack file does not say it."""
    default = _NGINX_IMAGE.search(release.files[STACK_FILE])
    return (release.variables.get("NGINX_IMAGE") or default[1]) if default else None


def _read_files(deployment: Deployment) -> dict[str, str]:
    """Return the stack files, and the files that they mount."""
    names = [STACK_FILE]
    names += [TLS_STACK_FILE] if deployment.tls_key_file else []
    names += [SIGNED_STACK_FILE] if deployment.artifact_public_key_file else []
    places = {PUBLIC_KEY_FILE: deployment.artifact_public_key_file}
    files = {name: (FOLDER / name).read_text() for name in names}
    mounted = [path for text in files.values() for path in _MOUNTED_FILE.findall(text)]
    return files | {path: (places.get(path) or FOLDER / path).read_text() for path in mounted}


def _list_variables(files: Mapping[str, str]) -> list[str]:
    return sorted({name for path, text in files.items() if path.endswith(".yml") for name in _VARIABLE.findall(text)})


def _build_digests(files: Mapping[str, str]) -> dict[str, str]:
    """Return the digests of what is mounted, which is in the names of the configs: a config never changes.

    One for nginx and one for the service: what is the other's must not replace its containers.
    """
    digests = {"NGINX_DIGEST": _digest(*(text for path, text in files.items() if path.startswith(_NGINX_FOLDER)))}
    if PUBLIC_KEY_FILE in files:
        digests["PUBLIC_KEY_DIGEST"] = _digest(files[PUBLIC_KEY_FILE])
    return digests


def _create_secret(docker: Docker, stack: str, kind: str, file: Path) -> str:
    """Return the name of the secret with the content of `file`, which is created unless it is there."""
    text = file.read_text()
    name = f"{stack}-{kind}-{_digest(text)}"
    if name not in docker.read_lines("secret", "ls", "--format", "{{.Name}}"):
        docker.run("secret", "create", "--label", f"{STACK_LABEL}={stack}", name, "-", stdin=text)
    return name


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:_DIGEST_LENGTH]
