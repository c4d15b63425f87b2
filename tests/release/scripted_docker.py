"""Stands in for Docker: answers each command as a test says, and notes what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from release.docker import Docker, DockerFailed


class Refusal(str):
    """What Docker says where a command fails, and how the command ends then."""

    status = 125


class CheckFailure(Refusal):
    """What a container says that ends with 1, as one of the smoke test does."""

    status = 1


Act = Callable[[tuple[str, ...], str], str]
Answer = str | Act | list[Any]


class ScriptedDocker(Docker):
    """Answers a command as `script` has it for the longest beginning of it, such as "service ls".

    A list has an answer for each time, and the last one from then on.
    """

    def __init__(self, **script: Answer) -> None:
        super().__init__({})
        self.script: dict[str, Answer] = {name.replace("_", " "): answer for name, answer in script.items()}
        self.commands: list[str] = []
        self.stdin: dict[str, str] = {}
        self.variables: dict[str, str] = {}
        self.needs_login = False
        self.quick: set[str] = set()
        """The commands that were given a minute, and not ten."""

    def find_commands(self, beginning: str) -> list[str]:
        """Return the commands that begin like that, in their order."""
        return [command for command in self.commands if command.startswith(beginning)]

    def run(self, *arguments: str, stdin: str = "", is_quick: bool = False, variables: Mapping[str, str] = {}) -> str:
        """Answer as the script says."""
        command = " ".join(arguments)
        self.commands.append(command)
        self.stdin[command] = stdin
        self.quick |= {command} if is_quick else set()
        self.variables |= variables
        said = self._answer(command, arguments, stdin)
        if isinstance(said, Refusal):
            raise DockerFailed(arguments, said, said.status)
        return said

    def _answer(self, command: str, arguments: tuple[str, ...], stdin: str) -> str:
        answer = self.script[max((each for each in self.script if command.startswith(each)), key=len)]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return answer(arguments, stdin) if callable(answer) else answer
