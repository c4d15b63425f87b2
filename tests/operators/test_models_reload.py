from __future__ import annotations

from pathlib import Path

import pytest

from app.commands import models as model_commands
from app.server.control import NoAnswer, ReloadOutcome
from app.settings import Settings
from tests.support.model_commands import Run, build_run


def answer_reload(monkeypatch: pytest.MonkeyPatch, outcome: ReloadOutcome) -> list[tuple[object, ...]]:
    """Have the server end every reload with `outcome`, and return the list of what it is then asked for."""
    asked: list[tuple[object, ...]] = []

    def reload_server(address: str, timeout_seconds: float) -> ReloadOutcome:
        asked.append(("reload", address, timeout_seconds))
        return outcome

    monkeypatch.setattr(model_commands, "reload_server", reload_server)
    monkeypatch.setattr(
        model_commands, "wait_until_served", lambda settings, version: asked.append(("ready", settings.port, version))
    )
    return asked


@pytest.mark.parametrize(
    ("arguments", "version", "said"),
    [
        (("promote", "v1", "--reload"), "v1", "Version v1 is the current one.\n"),
        (("promote", "--reload", "v3"), "v3", "Version v3 is the current one.\n"),
        (("rollback", "--reload"), "v2", "Version v2 is the current one.\n"),
        (("reload",), "v3", ""),
    ],
)
def test_has_the_server_reload_and_waits_until_it_is_ready(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], version: str, said: str
) -> None:
    asked = answer_reload(monkeypatch, ReloadOutcome(version))
    assert run(*arguments) == (0, f"{said}The server at 127.0.0.1:4711 serves version {version}.\n")
    assert asked == [("reload", "127.0.0.1:4711", 150.0), ("ready", 4711, version)]


def test_waits_for_a_reload_as_long_as_trial_and_workers_may_load(
    artifact_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer_reload(monkeypatch, ReloadOutcome("v3"))
    build_run(Settings(artifact_dir=artifact_dir, port=4711, load_timeout_seconds=600))("reload")
    assert asked[0] == ("reload", "127.0.0.1:4711", 1230.0)


@pytest.mark.parametrize("arguments", [("promote", "v1"), ("rollback",), ("list",), ("verify",)])
def test_leaves_the_server_alone_unless_it_is_told_otherwise(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    asked = answer_reload(monkeypatch, ReloadOutcome("v1"))
    assert (run(*arguments)[0], asked) == (0, [])


def test_says_that_the_server_serves_another_version_than_the_current_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_reload(monkeypatch, ReloadOutcome("v9"))
    status, printed = run("reload")
    assert (status, printed.startswith("Error: The server serves version v9: it was started with another")) == (1, True)


def test_says_why_the_server_refuses(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer_reload(monkeypatch, ReloadOutcome("v3", "Artifact v1 is not to its taste."))
    sentence = (
        "Error: The server refuses, and serves version v3 on. Artifact v1 is not to its taste. A restart of the server "
        "would fail until this is mended, or another version is made the current one.\n"
    )
    assert run("promote", "v1", "--reload") == (1, f"Version v1 is the current one.\n{sentence}")
    assert run("reload") == (1, sentence)
    assert [what for what, *_ in asked] == ["reload", "reload"]


def test_says_that_the_server_serves_another_version(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_reload(monkeypatch, ReloadOutcome("v3"))
    assert run("promote", "v1", "--reload") == (
        1,
        "Version v1 is the current one.\n"
        "Error: The server serves version v3: it was started with another MODEL_VERSION or ARTIFACT_DIR, "
        "or another version has been promoted meanwhile.\n",
    )


def test_does_not_ask_the_server_where_nothing_was_promoted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer_reload(monkeypatch, ReloadOutcome("v3"))
    assert (run("promote", "v9", "--reload")[0], asked) == (1, [])


def test_says_that_the_server_does_not_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> ReloadOutcome:
        raise NoAnswer("Nobody is there.")

    monkeypatch.setattr(model_commands, "reload_server", fail)
    assert run("promote", "v1", "--reload") == (1, "Version v1 is the current one.\nError: Nobody is there.\n")
    assert run("reload") == (1, "Error: Nobody is there.\n")
