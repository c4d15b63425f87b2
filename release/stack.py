"""The stack of an environment: the stack files of the image that it serves, with their variables, at the engine."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from release.docker import Docker, DockerFailed, ReleaseFailed
from release.images import Contents, fetch_image
from release.release import Record, Release
from release.target import Deployment, get
from release.waiting import list_services

STACK_LABEL = "ml-service.stack"

_VARIABLE = re.compile(r"\$\{([A-Z_]+)")
_NGINX_IMAGE = re.compile(r"\$\{NGINX_IMAGE:-([^}]+)\}")
_OF_THE_CODE = {"IMAGE", "STACK", "NGINX_DIGEST", "PUBLIC_KEY_DIGEST", "TLS_CERTIFICATE_SECRET", "TLS_KEY_SECRET"}
_PUBLIC_KEY = "ARTIFACT_PUBLIC_KEY"
_PUBLIC_KEY_FILE = "artifact-public-key.pem"
_DIGEST_LENGTH = 12
_REMOVAL_TIMEOUT_SECONDS = 120.0
_POLL_SECONDS = 1.0


def prepare_engine(docker: Docker) -> None:
    """Return once the engine can be given a stack: where it is in no swarm, as a swarm of one machine.

    Nobody but the machine itself can reach that. Raises `ReleaseFailed`.
    """
    if is_without_swarm(docker):
        try:
            docker.run("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377")
        except DockerFailed as error:
            raise ReleaseFailed(f"The engine is in no swarm, and none could be made of it. {error}") from error
    elif (
        docker.run("info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}").strip() != "active true"
    ):
        raise ReleaseFailed("The engine is in a swarm that it does not manage: name a manager with DOCKER_HOST.")


def is_without_swarm(docker: Docker) -> bool:
    """Return whether the engine is in no swarm, and so has no stack. Raises `DockerFailed`."""
    docker.run("version")  # fails where no engine answers, and says why: `info` does so with the newest clients alone
    return docker.run("info", "--format", "{{.Swarm.LocalNodeState}}").strip() == "inactive"


def build_release(docker: Docker, deployment: Deployment, contents: Contents, environ: Mapping[str, str]) -> Release:
    """Return the release of `deployment`, whose secrets are at the engine then. Raises `DockerFailed`."""
    stack = deployment.target.stack
    names = _list_variables(contents.files) - _OF_THE_CODE
    variables = {name: get(environ, name) for name in sorted(names) if get(environ, name)}
    for variable, kind, text in (
        ("CERTIFICATE", "tls", deployment.tls_certificate),
        ("KEY", "tls-key", deployment.tls_key),
    ):
        if text:
            variables[f"TLS_{variable}_SECRET"] = _create_secret(docker, stack, kind, text)
    if deployment.public_key:
        variables[_PUBLIC_KEY] = deployment.public_key
    name = f"{stack}-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
    return Release(name, deployment.image, contents.version, variables)


def run_release(docker: Docker, stack: str, record: Record, files: Mapping[str, str]) -> None:
    """Have the engine run a release, by its image's `files`, without waiting for it. Raises `DockerFailed`."""
    variables = record.release.variables
    names = ["stack.yml"]
    names += ["stack.tls.yml"] if "TLS_KEY_SECRET" in variables else []
    names += ["stack.signed.yml"] if _PUBLIC_KEY in variables else []
    labels = {"version": "3.9", "services": {"ml-service": {"deploy": {"labels": record.to_labels()}}}}
    texts = {**files, "labels.yml": json.dumps(labels).replace("$", "$$")}
    # A config never changes, so the digest of what is mounted is in its name: one for nginx and one for the service, as
    # what is the other's must not replace its containers.
    nginx = [files[path] for path in sorted(files) if path.startswith("nginx/")]
    given = {"IMAGE": record.release.image, "STACK": stack, "NGINX_DIGEST": _digest(*nginx)}
    if _PUBLIC_KEY in variables:
        texts[_PUBLIC_KEY_FILE] = variables[_PUBLIC_KEY]
        given["PUBLIC_KEY_DIGEST"] = _digest(variables[_PUBLIC_KEY])
    with tempfile.TemporaryDirectory(prefix="ml-service-") as folder:
        for path, text in texts.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text)
        options = [option for path in (*names, "labels.yml") for option in ("--compose-file", f"{folder}/{path}")]
        # Tags are not looked up: nginx would be another one, and be replaced, whenever its tag has moved on.
        options += ["--resolve-image", "never", *(["--with-registry-auth"] if docker.hands_on_login else [])]
        # What the environment says now is of another release.
        others = dict.fromkeys(_list_variables(files), "")
        docker.run("stack", "deploy", "--prune", *options, stack, variables={**others, **variables, **given})


def fetch_nginx(docker: Docker, release: Release, files: Mapping[str, str]) -> None:
    """Have nginx's image be there before it is needed: the engine would fetch it once the old nginx has ended."""
    default = _NGINX_IMAGE.search(files["stack.yml"])
    if image := release.variables.get("NGINX_IMAGE") or (default and default[1]):
        fetch_image(docker, image)


def remove_stack(docker: Docker, stack: str) -> None:
    """Remove a stack and its secrets. Raises `DockerFailed` where that does not come about in time."""
    deadline = time.monotonic() + _REMOVAL_TIMEOUT_SECONDS
    fault: DockerFailed | None = None
    while fault is None or time.monotonic() < deadline:
        try:
            docker.run("stack", "rm", stack)
            filters = ("--filter", f"label=com.docker.stack.namespace={stack}")
            if not list_services(docker, stack) and not docker.read_lines("network", "ls", "-q", *filters):
                if secrets := docker.read_lines("secret", "ls", "-q", "--filter", f"label={STACK_LABEL}={stack}"):
                    docker.run("secret", "rm", *secrets)
                return
            fault = DockerFailed(("stack", "rm", stack), "what it ran is still there")
        except DockerFailed as error:
            fault = error
        time.sleep(_POLL_SECONDS)
    raise fault


def _list_variables(files: Mapping[str, str]) -> set[str]:
    return {name for path, text in files.items() if path.endswith(".yml") for name in _VARIABLE.findall(text)}


def _create_secret(docker: Docker, stack: str, kind: str, text: str) -> str:
    """Return the name of the secret that says `text`, which is created unless it is there."""
    name = f"{stack}-{kind}-{_digest(text)}"
    if name not in docker.read_lines("secret", "ls", "--format", "{{.Name}}"):
        docker.run("secret", "create", "--label", f"{STACK_LABEL}={stack}", name, "-", stdin=text)
    return name


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:_DIGEST_LENGTH]
