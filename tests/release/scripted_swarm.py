"""Stands in for an engine in a swarm: keeps what it is given, and runs a stack as soon as it is deployed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

from release.records import PASSED_LABEL, Release, mark_passed, store_release
from tests.release.engine_answers import build_service, build_task, write
from tests.release.scripted_docker import Refusal, ScriptedDocker
from tests.release.scripted_service import EXPECTATION

STACK = "ml-service-staging"
SERVICE = f"{STACK}_ml-service"
REPOSITORY = "registry.example.com/ml-service"


def build_release(number: int, previous: str | None = None) -> Release:
    """Return a small release, whose image has a digest of that number alone."""
    name = f"{STACK}-{number}"
    image = f"{REPOSITORY}@sha256:{number}"
    variables = {"IMAGE": image, "RELEASE": name, "STACK": STACK}
    files = {"stack.yml": "image: ${IMAGE}, threads: ${THREADS:-4}, release: ${RELEASE}, stack: ${STACK}"}
    return Release(name, STACK, image, previous, files, variables, EXPECTATION.to_json())


class ScriptedSwarm(ScriptedDocker):
    """An engine with no stack, nothing kept, and the `images` that were pulled, which all have the version `baked`.

    What `script` has of a command is said instead.
    """

    def __init__(self) -> None:
        super().__init__()
        self.configs: dict[str, str] = {}
        self.passed: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.images: set[str] = set()
        self.baked = EXPECTATION.model_version
        self.served: str | None = None
        self.deployed: list[dict[str, str]] = []
        self.script |= {
            "version": "",
            "info": "active true\n",
            "config create": lambda arguments, stdin: self._create(self._choose(arguments), arguments, stdin),
            "config inspect": lambda arguments, stdin: self._inspect_config(arguments[2]),
            "config ls": lambda arguments, stdin: "\n".join(self._choose(arguments)),
            "config rm": lambda arguments, stdin: self._remove_configs(arguments[2:]),
            "secret create": lambda arguments, stdin: self._create(self.secrets, arguments, stdin),
            "secret rm": lambda arguments, stdin: self._remove_secrets(arguments[2:]),
            "secret ls": lambda arguments, stdin: "\n".join(self.secrets),
            "service ls": lambda arguments, stdin: SERVICE if self.served else "",
            "service inspect": lambda arguments, stdin: self._inspect_service(),
            "service ps": "01\n",
            "inspect --type task": write(build_task("01")),
            "service logs": "",
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
            "cp": lambda arguments, stdin: self._copy_current(Path(arguments[2])),
        }

    def serve(self, *releases: Release, passed: bool = True) -> None:
        """Keep `releases`, and serve the last of them; all have passed the smoke test, or none has."""
        for release in releases:
            store_release(self, release)
            if passed:
                mark_passed(self, release)
        self.served = releases[-1].name

    def keep_history(self, n_releases: int) -> list[str]:
        """Keep and serve as many releases, each after the one before it, and return their names."""
        releases = [build_release(10)]
        for number in range(11, 10 + n_releases):
            releases.append(replace(build_release(number), previous=releases[-1].name))
        self.serve(*releases)
        return [release.name for release in releases]

    def _choose(self, arguments: tuple[str, ...]) -> dict[str, str]:
        """Return the configs of the label that a command is about."""
        return self.passed if any(PASSED_LABEL in each for each in arguments) else self.configs

    def _create(self, kept: dict[str, str], arguments: tuple[str, ...], stdin: str) -> str:
        if arguments[-2] in kept:
            return Refusal("only one thing may have that name")
        kept[arguments[-2]] = stdin
        return "id"

    def _inspect_config(self, name: str) -> str:
        if name not in self.configs:
            return Refusal("no such config")
        return json.dumps([{"Spec": {"Data": base64.b64encode(self.configs[name].encode()).decode()}}])

    def _remove_configs(self, names: tuple[str, ...]) -> str:
        for name in names:
            del (self.configs if name in self.configs else self.passed)[name]
        return ""

    def _pull(self, image: str) -> str:
        self.images.add(image)
        return ""

    def _copy_current(self, link: Path) -> str:
        link.symlink_to(self.baked)
        return ""

    def _remove_secrets(self, names: tuple[str, ...]) -> str:
        for name in names:
            del self.secrets[name]
        return ""

    def _inspect_service(self) -> str:
        service = build_service(n_wanted=1)
        service["Spec"]["Labels"]["ml-service.release"] = self.served
        return write(service)

    def _deploy(self, arguments: tuple[str, ...]) -> str:
        stack_files = [Path(arguments[index + 1]) for index, each in enumerate(arguments) if each == "--compose-file"]
        folder = stack_files[0].parent
        self.deployed.append(
            {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}
        )
        self.served = self.variables["RELEASE"]
        return ""

    def _remove_stack(self) -> str:
        self.served = None
        return ""
