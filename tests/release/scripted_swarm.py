"""Stands in for an engine in a swarm: runs a stack as soon as it is deployed, and has the labels of its service."""

from __future__ import annotations

import json
from pathlib import Path

from release.stack import Record, Release
from tests.release.engine_answers import build_service, build_task, write
from tests.release.scripted_docker import CheckFailure, Refusal, ScriptedDocker

STACK = "ml-service-staging"
SERVICE = f"{STACK}_ml-service"
REPOSITORY = "registry.example.com/ml-service"
IMAGE = f"{REPOSITORY}@sha256:{'0' * 64}"
VERSION = "v2"
STACK_FILE = "image: ${IMAGE}, threads: ${THREADS:-4}, stack: ${STACK}"


def build_release(number: int) -> Release:
    """Return a small release, whose image has a digest of that number alone."""
    return Release(f"{STACK}-{number}", f"{REPOSITORY}@sha256:{number}", VERSION, {})


def name_fault(release: Release) -> str:
    """Return what the smoke test says of `release` where it fails."""
    return f"{release.name} answers wrongly at http://staging.example.com."


class ScriptedSwarm(ScriptedDocker):
    """An engine with no stack, whose images all have the version `baked` and `files` in them.

    What `script` has of a command is said instead. Releases whose names are in `failing` fail their smoke test.
    """

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, str] | None = None
        self.secrets: dict[str, str] = {}
        self.images: set[str] = set()
        self.failing: set[str] = set()
        self.baked = VERSION
        self.files = {"stack.yml": STACK_FILE}
        self.deployed: list[dict[str, str]] = []
        self.script |= {
            "version": "",
            "info": "active true\n",
            "secret create": lambda arguments, stdin: self._create_secret(arguments[-2], stdin),
            "secret rm": lambda arguments, stdin: self._remove_secrets(arguments[2:]),
            "secret ls": lambda arguments, stdin: "\n".join(self.secrets),
            "service ls": lambda arguments, stdin: "" if self.labels is None else SERVICE,
            "service ps": "01\n",
            "service logs": "",
            "service update": lambda arguments, stdin: self._add_label(arguments[4]),
            "inspect --type service": lambda arguments, stdin: self._inspect_service(),
            "inspect --type task": write(build_task("01")),
            "stack deploy": lambda arguments, stdin: self._deploy(arguments),
            "stack rm": lambda arguments, stdin: self._remove_stack(),
            "network ls": "",
            "node ls": "node Ready\n",
            **dict.fromkeys(("tag", "push", "rm"), ""),
            "image inspect": lambda arguments, stdin: (
                "id" if arguments[-1] in self.images else Refusal("no such image")
            ),
            "pull": lambda arguments, stdin: self._pull(arguments[1]),
            "create": "container\n",
            "cp": lambda arguments, stdin: self._copy(arguments[1], Path(arguments[2])),
            "run": lambda arguments, stdin: self._check(arguments[-1]),
        }

    @property
    def served(self) -> str | None:
        """The name of the release that is served."""
        return self.labels["ml-service.release"] if self.labels else None

    def serve(self, *releases: Release, is_passed: bool = True) -> None:
        """Serve the last of `releases`; those before it have passed the smoke test."""
        *before, last = releases
        self.labels = Record(last, is_passed, tuple(reversed(before))).to_labels()

    def _create_secret(self, name: str, text: str) -> str:
        if name in self.secrets:
            return Refusal("only one thing may have that name")
        self.secrets[name] = text
        return "id"

    def _remove_secrets(self, names: tuple[str, ...]) -> str:
        for name in names:
            del self.secrets[name]
        return ""

    def _add_label(self, label: str) -> str:
        assert self.labels is not None
        name, _, value = label.partition("=")
        self.labels[name] = value
        return ""

    def _pull(self, image: str) -> str:
        self.images.add(image)
        return ""

    def _copy(self, source: str, target: Path) -> str:
        if source.endswith("/current"):
            target.symlink_to(self.baked)
        else:
            for path, text in self.files.items():
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                (target / path).write_text(text)
        return ""

    def _inspect_service(self) -> str:
        service = build_service(n_wanted=1)
        service["Spec"]["Labels"] = self.labels
        return write(service)

    def _deploy(self, arguments: tuple[str, ...]) -> str:
        folder = Path(arguments[arguments.index("--compose-file") + 1]).parent
        files = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}
        labels = json.loads(files.pop("labels.yml").replace("$$", "$"))
        self.labels = labels["services"]["ml-service"]["deploy"]["labels"]
        self.deployed.append(files)
        return ""

    def _remove_stack(self) -> str:
        self.labels = None
        return ""

    def _check(self, url: str) -> str:
        if self.served in self.failing:
            return CheckFailure(f"passed: the service is ready\n{self.served} answers wrongly at {url}.")
        return ""
