"""The stack of an environment at the engine, and in the labels of its service the record of what it serves."""

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from release.docker import Docker, DockerFailed, ReleaseFailed
from release.target import Target, get
from release.waiting import list_services

MAX_HISTORY = 10

_OF_THE_CODE = {"IMAGE", "STACK", "NGINX_DIGEST", "PUBLIC_KEY_DIGEST", "TLS_CERTIFICATE_SECRET", "TLS_KEY_SECRET"}
_VARIABLE = r"\$\{([A-Z_]+)"
_PREFIX = "ml-service."


class Release(NamedTuple):
    """One deployment of an image, with the version that is in it and the variables of its stack files."""

    name: str
    image: str
    version: str
    variables: dict[str, str]


class Record(NamedTuple):
    """The release that is served, whether it has passed the smoke test, and those before it that have, newest first."""

    release: Release
    is_passed: bool = False
    history: tuple[Release, ...] = ()

    def to_labels(self) -> dict[str, str]:
        """Return the labels of the service."""
        name, image, version, variables = self.release
        labels = {"release": name, "image": image, "version": version, "variables": json.dumps(variables)}
        labels["history"] = json.dumps([each._asdict() for each in self.history])
        labels["passed"] = name if self.is_passed else ""
        return {f"{_PREFIX}{label}": value for label, value in labels.items()}

    def find_safe(self) -> "Record":
        """Return the record to go back to from the next release: the newest that has passed, if any has."""
        return self if self.is_passed or not self.history else Record(self.history[0], True, self.history[1:])

    def find_before(self) -> "Record | None":
        """Return the record of the release before; what is only another deployment of the same does not count."""
        others = [index for index, each in enumerate(self.history) if each[1:] != self.release[1:]]
        return Record(self.history[others[0]], True, self.history[others[0] + 1 :]) if others else None


def build_next(before: Record | None, release: Release) -> "Record":
    """Return the record of `release` where it replaces what is served before."""
    passed = (before.release,) if before and before.is_passed else ()
    return Record(release, False, (*passed, *(before.history if before else ()))[:MAX_HISTORY])


def read_record(docker: Docker, stack: str) -> Record | None:
    """Return what the stack serves, `None` where there is no such stack. Raises `ReleaseFailed`."""
    if f"{stack}_ml-service" not in docker.read_lines("service", "ls", "--format", "{{.Name}}"):
        return None
    spec = docker.inspect("service", f"{stack}_ml-service")[0]["Spec"]
    try:
        labels = {name.removeprefix(_PREFIX): value for name, value in spec["Labels"].items()}
        release = Release(labels["release"], labels["image"], labels["version"], json.loads(labels["variables"]))
        history = tuple(Release(**each) for each in json.loads(labels["history"]))
        return Record(release, labels.get("passed") == release.name, history)
    except (KeyError, TypeError, ValueError) as error:
        why = f"The stack {stack} was not deployed from here: remove it ('docker stack rm') first."
        raise ReleaseFailed(why) from error


def mark_passed(docker: Docker, stack: str, release: Release) -> None:
    """Have the record say that this very release has passed the smoke test: of another one it says nothing."""
    passed = f"{_PREFIX}passed={release.name}"
    docker.run("service", "update", "--detach", "--label-add", passed, f"{stack}_ml-service")


def is_in_swarm(docker: Docker) -> bool:
    """Return whether the engine is in a swarm, and so may have a stack. Raises `ReleaseFailed` where it cannot say."""
    docker.run("version")  # fails where no engine answers, and says why: `info` does so with the newest clients alone
    state = docker.run("info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}").strip()
    if state not in ("inactive false", "active true"):
        raise ReleaseFailed("The engine is in a swarm that it does not manage: name a manager with DOCKER_HOST.")
    return state == "active true"


def build_release(docker: Docker, target: Target, files: Mapping[str, str], environ: Mapping[str, str]) -> Release:
    """Return the release that `target` asks for, whose secrets are at the engine then. Raises `DockerFailed`."""
    names = sorted({*re.findall(_VARIABLE, "".join(files.values()))} - _OF_THE_CODE)
    variables = {name: value for name in names if (value := get(environ, name))}
    secrets = {"CERTIFICATE": ("tls", target.tls_certificate), "KEY": ("tls-key", target.tls_key)}
    for variable, (kind, text) in secrets.items() if target.tls_key else ():
        name = variables[f"TLS_{variable}_SECRET"] = f"{target.stack}-{kind}-{_digest(text)}"
        if name not in docker.read_lines("secret", "ls", "--format", "{{.Name}}"):
            docker.run("secret", "create", "--label", f"{_PREFIX}stack={target.stack}", name, "-", stdin=text)
    if target.public_key:
        variables["ARTIFACT_PUBLIC_KEY"] = target.public_key
    return Release(f"{target.stack}-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}", target.image, target.version, variables)


def run_release(docker: Docker, stack: str, record: Record, files: Mapping[str, str]) -> None:
    """Have the engine run a release, by its image's `files`, without waiting for it. Raises `DockerFailed`."""
    variables = record.release.variables
    labels = {"version": "3.9", "services": {"ml-service": {"deploy": {"labels": record.to_labels()}}}}
    public_key = variables.get("ARTIFACT_PUBLIC_KEY", "")
    texts = {**files, "labels.yml": json.dumps(labels).replace("$", "$$")}
    # A config never changes, so the digest of what is mounted is in its name: one for nginx and one for the service, as
    # what is the other's must not replace its containers.
    nginx = [files[path] for path in sorted(files) if path.startswith("nginx/")]
    given = {"IMAGE": record.release.image, "STACK": stack, "NGINX_DIGEST": _digest(*nginx)}
    names = ["stack.yml", "labels.yml", *(["stack.tls.yml"] if "TLS_KEY_SECRET" in variables else [])]
    if public_key:
        names.append("stack.signed.yml")
        texts["artifact-public-key.pem"], given["PUBLIC_KEY_DIGEST"] = public_key, _digest(public_key)
    with tempfile.TemporaryDirectory(prefix="ml-service-") as folder:
        for path, text in texts.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text)
        options = [option for name in names for option in ("--compose-file", f"{folder}/{name}")]
        # Tags are not looked up: nginx would be another one, and be replaced, whenever its tag has moved on.
        options += ["--resolve-image", "never", *(["--with-registry-auth"] if docker.hands_on_login else [])]
        # What the environment says now is of another release.
        others = dict.fromkeys(re.findall(_VARIABLE, "".join(files.values())), "")
        docker.run("stack", "deploy", "--prune", *options, stack, variables=others | variables | given)


def remove_stack(docker: Docker, stack: str) -> None:
    """Remove a stack and its secrets. Raises `DockerFailed`, also as long as something of it is still there."""
    docker.run("stack", "rm", stack, is_quick=True)
    networks = docker.read_lines("network", "ls", "-q", "--filter", f"label=com.docker.stack.namespace={stack}")
    if networks or list_services(docker, stack):
        raise DockerFailed(("stack", "rm", stack), "what it ran is still there")
    if secrets := docker.read_lines("secret", "ls", "-q", "--filter", f"label={_PREFIX}stack={stack}"):
        docker.run("secret", "rm", *secrets)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
