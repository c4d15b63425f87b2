from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from release.docker import DockerFailed, ReleaseFailed
from release.stack import Record, Release, build_release, is_in_swarm, remove_stack, run_release
from release.target import Target
from tests.release.scripted_docker import Refusal, ScriptedDocker
from tests.release.scripted_swarm import IMAGE, STACK, ScriptedSwarm
from tests.support.running_server import ROOT

FOLDER = ROOT / "docker"
FILES = {
    str(path.relative_to(FOLDER)): path.read_text()
    for path in [*FOLDER.glob("stack*.yml"), *(FOLDER / "nginx").rglob("*.conf")]
}
NGINX_FILES = ["nginx/nginx.conf", "nginx/service.conf", "nginx/servers/http.conf"]
PLAIN = Target("staging", "http://staging.example.com", 600.0, IMAGE, "v2")
TLS = PLAIN._replace(tls_certificate="THE CERTIFICATE", tls_key="THE KEY")
SIGNED = PLAIN._replace(public_key="THE PUBLIC KEY")


def build(swarm: ScriptedSwarm, target: Target = PLAIN, **environ: str) -> Release:
    return build_release(swarm, target, FILES, environ)


def deploy(swarm: ScriptedSwarm, release: Release, files: dict[str, str] | None = None) -> dict[str, str]:
    """Return the variables that the engine is given with a release."""
    swarm.variables.clear()
    run_release(swarm, STACK, Record(release), files or FILES)
    return {name: value for name, value in swarm.variables.items() if value}


def test_names_releases_by_the_time(swarm: ScriptedSwarm) -> None:
    names = [build(swarm).name for _ in range(3)]
    assert sorted(names) == names
    assert re.fullmatch(rf"{STACK}-\d{{8}}T\d{{6}}\.\d{{6}}", names[0])


def test_records_the_variables_of_the_stack_alone(swarm: ScriptedSwarm) -> None:
    environ = {"REPLICAS": " 3 ", "CPUS": "", "THREADS": " ", "HOME": "/home", "IMAGE": "x", "TLS_KEY_SECRET": "y"}
    assert build(swarm, PLAIN, **environ).variables == {"REPLICAS": "3"}


def test_hands_secrets_to_the_engine_and_their_names_to_the_record(swarm: ScriptedSwarm) -> None:
    release = build(swarm, TLS, HTTPS_PORT="8443")
    assert release.variables.pop("HTTPS_PORT") == "8443"
    assert swarm.secrets == dict(zip(release.variables.values(), ["THE CERTIFICATE", "THE KEY"], strict=True))
    names = " ".join(release.variables.values())
    assert re.fullmatch(rf"{STACK}-tls-[0-9a-f]{{12}} {STACK}-tls-key-[0-9a-f]{{12}}", names)
    labelled = [f"--label ml-service.stack={STACK} " in command for command in swarm.find_commands("secret create")]
    assert labelled == [True, True]
    assert not re.search("THE CERTIFICATE|THE KEY", json.dumps(Record(release).to_labels()) + str(swarm.commands))


def test_makes_a_secret_again_only_where_its_content_is_another(swarm: ScriptedSwarm) -> None:
    first = build(swarm, TLS).variables
    assert build(swarm, TLS).variables == first
    second = build(swarm, TLS._replace(tls_key="ANOTHER KEY")).variables
    assert list(swarm.secrets.values()) == ["THE CERTIFICATE", "THE KEY", "ANOTHER KEY"]
    assert second["TLS_CERTIFICATE_SECRET"] == first["TLS_CERTIFICATE_SECRET"]


@pytest.mark.parametrize(
    ("target", "added"), [(PLAIN, ""), (TLS, r"\S+/stack\.tls\.yml"), (SIGNED, r"\S+/stack\.signed\.yml")]
)
def test_deploys_the_stack_files_of_its_kind(swarm: ScriptedSwarm, target: Target, added: str) -> None:
    deploy(swarm, build(swarm, target))
    files = [r"\S+/stack\.yml", r"\S+/labels\.yml", *filter(None, [added])]
    options = " ".join(f"--compose-file {file}" for file in files)
    end = f"--resolve-image never --with-registry-auth {STACK}"
    (command,) = swarm.find_commands("stack deploy")
    assert re.fullmatch(f"stack deploy --prune {options} {end}", command)
    key = {"artifact-public-key.pem": "THE PUBLIC KEY"} if target == SIGNED else {}
    assert swarm.deployed == [FILES | key]


def test_a_value_with_a_dollar_stays_in_the_labels_as_it_is(swarm: ScriptedSwarm) -> None:
    release = build(swarm, OTEL_EXPORTER_OTLP_ENDPOINT="http://a/$b")
    deploy(swarm, release)
    assert swarm.labels == Record(release).to_labels()


def test_a_record_is_enough_to_deploy_again_what_it_was(swarm: ScriptedSwarm) -> None:
    release = build(swarm, SIGNED, REPLICAS="3")
    swarm.labels = Record(release).to_labels()
    first = deploy(swarm, release)
    assert deploy(swarm, release._replace(variables=json.loads(swarm.labels["ml-service.variables"]))) == first
    assert first.keys() == {
        *release.variables, "IMAGE", "STACK", "NGINX_DIGEST", "PUBLIC_KEY_DIGEST"
    }  # fmt: skip
    assert (first["IMAGE"], first["STACK"]) == (IMAGE, STACK)


def test_what_the_environment_says_now_is_not_said_of_an_old_release(swarm: ScriptedSwarm) -> None:
    deploy(swarm, build(swarm, REPLICAS="3"))
    used = {
        name for path, text in FILES.items() if path.endswith(".yml") for name in re.findall(r"\$\{([A-Z_]+)", text)
    }
    assert used <= swarm.variables.keys()
    assert (swarm.variables["REPLICAS"], swarm.variables["CPUS"]) == ("3", "")


@pytest.mark.parametrize(("name", "changes"), [("stack.yml", False), *((name, True) for name in NGINX_FILES)])
def test_nginx_is_replaced_for_its_own_files_alone(swarm: ScriptedSwarm, name: str, changes: bool) -> None:
    release = build(swarm)
    before = deploy(swarm, release)["NGINX_DIGEST"]
    after = deploy(swarm, release, {**FILES, name: f"{FILES[name]}\n"})["NGINX_DIGEST"]
    assert re.fullmatch("[0-9a-f]{12}", before)
    assert (after != before) is changes


def test_another_public_key_replaces_the_service_alone(swarm: ScriptedSwarm) -> None:
    first, second = (deploy(swarm, build(swarm, SIGNED._replace(public_key=key))) for key in ("ONE", "ANOTHER"))
    assert first["PUBLIC_KEY_DIGEST"] != second["PUBLIC_KEY_DIGEST"]
    assert first["NGINX_DIGEST"] == second["NGINX_DIGEST"] == deploy(swarm, build(swarm))["NGINX_DIGEST"]


def test_without_a_login_the_engine_keeps_the_one_that_it_has(swarm: ScriptedSwarm) -> None:
    swarm.hands_on_login = False
    deploy(swarm, build(swarm))
    assert "--with-registry-auth" not in swarm.find_commands("stack deploy")[0]


def test_waits_a_minute_and_not_ten_each_time_that_it_removes_a_stack(swarm: ScriptedSwarm) -> None:
    remove_stack(swarm, STACK)
    assert f"stack rm {STACK}" in swarm.quick


def test_leaves_no_file_behind(swarm: ScriptedSwarm) -> None:
    swarm.script["stack deploy"] = Refusal("no")
    with pytest.raises(DockerFailed):
        deploy(swarm, build(swarm))
    (file,) = re.findall(r"\S+/stack\.yml", swarm.find_commands("stack deploy")[0])
    assert not Path(file).parent.exists()


@pytest.mark.parametrize(("said", "is_in"), [("active true\n", True), ("inactive false\n", False)])
def test_knows_whether_the_engine_is_in_a_swarm(said: str, is_in: bool) -> None:
    docker = ScriptedDocker(version="", info=said)
    assert is_in_swarm(docker) is is_in
    assert docker.commands[1] == "info --format {{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}"


@pytest.mark.parametrize("said", ["active false", "pending false", "error true", ""])
def test_refuses_an_engine_that_cannot_be_given_a_stack(said: str) -> None:
    with pytest.raises(ReleaseFailed, match="^The engine is in a swarm that it does not manage: name a manager with"):
        is_in_swarm(ScriptedDocker(version="", info=said))


def test_says_why_there_is_no_engine_also_where_info_does_not() -> None:
    docker = ScriptedDocker(version=Refusal("Cannot connect to the Docker daemon"), info="")
    with pytest.raises(DockerFailed, match="^'docker version' failed: Cannot connect to the Docker daemon$"):
        is_in_swarm(docker)
