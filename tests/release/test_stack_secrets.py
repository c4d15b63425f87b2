from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.release.deployments import build, build_tls
from tests.release.scripted_swarm import STACK, ScriptedSwarm


@pytest.fixture
def swarm() -> ScriptedSwarm:
    """Return an engine that has nothing yet."""
    return ScriptedSwarm()


def test_hands_secrets_to_the_engine_and_their_names_to_the_record(swarm: ScriptedSwarm, tmp_path: Path) -> None:
    release = build(swarm, build_tls(tmp_path))
    names = [release.variables[name] for name in ("TLS_CERTIFICATE_SECRET", "TLS_KEY_SECRET")]
    assert swarm.secrets == dict(zip(names, ["THE CERTIFICATE", "THE KEY"], strict=True))
    assert re.fullmatch(rf"{STACK}-tls-[0-9a-f]{{12}} {STACK}-tls-key-[0-9a-f]{{12}}", " ".join(names))
    assert not re.search("THE CERTIFICATE|THE KEY", json.dumps(asdict(release)) + str(swarm.commands))


def test_labels_secrets_by_their_stack(swarm: ScriptedSwarm, tmp_path: Path) -> None:
    build(swarm, build_tls(tmp_path))
    label = f"--label ml-service.stack={STACK} "
    assert [label in command for command in swarm.find_commands("secret create")] == [True, True]


def test_makes_a_secret_again_only_where_its_content_is_another(swarm: ScriptedSwarm, tmp_path: Path) -> None:
    deployment = build_tls(tmp_path)
    first = build(swarm, deployment)
    assert build(swarm, deployment).variables["TLS_KEY_SECRET"] == first.variables["TLS_KEY_SECRET"]
    (tmp_path / "key").write_text("ANOTHER KEY")
    second = build(swarm, deployment)
    assert list(swarm.secrets.values()) == ["THE CERTIFICATE", "THE KEY", "ANOTHER KEY"]
    assert second.variables["TLS_CERTIFICATE_SECRET"] == first.variables["TLS_CERTIFICATE_SECRET"]
