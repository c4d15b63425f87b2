from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from release import docker as docker_module
from release.docker import Docker, DockerFailed
from tests.release.programs import write_program
from tests.support.running_server import DEADLINE_SECONDS, ROOT


def build_docker(folder: Path, script: str, **variables: str) -> Docker:
    return Docker({"PATH": write_program(folder, "docker", script), **variables})


def explain(docker: Docker, *arguments: str) -> str:
    with pytest.raises(DockerFailed) as failed:
        docker.run(*arguments)
    return str(failed.value)


def test_hands_over_the_arguments_as_they_are(tmp_path: Path) -> None:
    docker = build_docker(tmp_path, 'printf "<%s>" "$@"')
    assert docker.run("tag", "a b", "", "$HOME") == "<tag><a b><><$HOME>"


def test_hands_over_stdin_and_nothing_where_there_is_none(tmp_path: Path) -> None:
    docker = build_docker(tmp_path, "cat")
    assert (docker.run("login", stdin="secret\n"), docker.run("login")) == ("secret\n", "")


def test_does_not_hand_over_what_somebody_types(tmp_path: Path) -> None:
    code = f"from release.docker import Docker; print(Docker({build_docker(tmp_path, 'cat').environment}).run('login'))"
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, input=b"typed", capture_output=True, timeout=DEADLINE_SECONDS)
    assert (ended.returncode, ended.stdout) == (0, b"\n")


def test_adds_the_variables_of_a_command_to_the_environment_for_that_command(tmp_path: Path) -> None:
    docker = build_docker(tmp_path, 'echo "$STACK,$IMAGE,$HOME"', STACK="one", IMAGE="old")
    assert docker.run("stack", variables={"IMAGE": "new"}) == "one,new,\n"
    assert docker.run("stack") == "one,old,\n"


def test_returns_what_is_printed_without_what_is_complained_of(tmp_path: Path) -> None:
    assert build_docker(tmp_path, "echo a; echo warning >&2; echo b").read_lines("ls") == ["a", "b"]


def test_survives_output_that_is_not_utf_8(tmp_path: Path) -> None:
    assert build_docker(tmp_path, r"printf '\377!'").run("logs") == "\N{REPLACEMENT CHARACTER}!"


def test_says_which_command_failed_and_what_it_said(tmp_path: Path) -> None:
    docker = build_docker(tmp_path, "echo progress; echo ' no such network ' >&2; exit 1")
    assert explain(docker, "network", "rm", "inside") == "'docker network rm inside' failed: no such network"


@pytest.mark.parametrize(
    ("script", "reason"),
    [("echo in the wrong place; exit 125", "in the wrong place"), ("exit 2", "it does not say why")],
)
def test_says_as_much_as_it_can_where_a_command_does_not_say_why_it_failed(
    tmp_path: Path, script: str, reason: str
) -> None:
    assert explain(build_docker(tmp_path, script), "ps") == f"'docker ps' failed: {reason}"


def test_says_that_there_is_no_docker(tmp_path: Path) -> None:
    assert explain(Docker({"PATH": str(tmp_path)}), "ps") == (
        "'docker ps' failed: the program 'docker': No such file or directory"
    )


def test_ends_a_command_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_module, "_TIMEOUT_SECONDS", 0.2)
    docker = build_docker(tmp_path, "exec tail -f /dev/null")
    assert explain(docker, "pull", "a") == "'docker pull a' failed: it has not ended within 0.2 seconds"


def test_waits_less_long_for_what_only_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_module, "_QUICK_TIMEOUT_SECONDS", 0.2)
    docker = build_docker(tmp_path, "exec tail -f /dev/null")
    for ask in (docker.read_lines, docker.inspect):
        with pytest.raises(DockerFailed, match="it has not ended within 0.2 seconds$"):
            ask("service", "web")


def test_inspects_all_names_at_once(tmp_path: Path) -> None:
    docker = build_docker(tmp_path, """echo "[{\\"asked\\": \\"$*\\"}]" """)
    assert docker.inspect("config", "a", "b") == [{"asked": "inspect --type config a b"}]


def test_leaves_out_what_says_nothing(tmp_path: Path) -> None:
    said = {"a": 0, "b": False, "c": {"d": None, "e": [], "f": ""}, "g": [{}]}
    docker = build_docker(tmp_path, f"echo '{json.dumps([said])}'")
    assert docker.inspect("config", "a") == [{"a": 0, "b": False, "g": [{}]}]


def test_reads_both_streams_of_a_log(tmp_path: Path) -> None:
    docker = build_docker(tmp_path, 'echo "$*"; echo fault >&2')
    assert docker.read_lines("service", "logs", "web") == ["service logs web", "fault"]


def test_waits_less_long_for_what_only_asks_than_for_a_command() -> None:
    assert 0 < docker_module._QUICK_TIMEOUT_SECONDS <= 60 < docker_module._TIMEOUT_SECONDS == 600
