from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from release import stack
from release.docker import DockerFailed
from release.records import Release
from release.stack import find_nginx_image, run_release
from tests.release.deployments import IMAGE, PLAIN, build, build_signed, build_tls
from tests.release.scripted_docker import Refusal
from tests.release.scripted_service import EXPECTATION
from tests.release.scripted_swarm import STACK, ScriptedSwarm, build_release

NGINX_FILES = ["nginx/nginx.conf", "nginx/service.conf", "nginx/servers/http.conf"]


@pytest.fixture
def swarm() -> ScriptedSwarm:
    """Return an engine that has nothing yet."""
    return ScriptedSwarm()


def test_writes_down_what_is_deployed(swarm: ScriptedSwarm) -> None:
    release = build(swarm, PLAIN)
    assert re.fullmatch(rf"{STACK}-\d{{8}}T\d{{6}}\.\d{{6}}", release.name)
    assert (release.stack, release.image, release.previous) == (STACK, IMAGE, f"{STACK}-1")
    assert release.expectation == EXPECTATION.to_json()


def test_writes_down_the_texts_of_all_files(swarm: ScriptedSwarm) -> None:
    release = build(swarm, PLAIN)
    assert list(release.files) == ["stack.yml", *NGINX_FILES]
    assert all(release.files[name] == (stack.FOLDER / name).read_text() for name in release.files)


def test_names_later_releases_later(swarm: ScriptedSwarm) -> None:
    names = [build(swarm, PLAIN).name for _ in range(3)]
    assert sorted(names) == names


def test_writes_down_the_variables_of_the_stack_alone(swarm: ScriptedSwarm) -> None:
    environ = {"REPLICAS": " 3 ", "CPUS": "", "THREADS": " ", "HOME": "/home", "HTTPS_PORT": "443", "STACK": "mine"}
    variables = build(swarm, PLAIN, **environ).variables
    assert {"REPLICAS", "IMAGE", "STACK", "RELEASE", "NGINX_DIGEST"} == variables.keys()
    assert (variables["REPLICAS"], variables["IMAGE"], variables["STACK"]) == ("3", IMAGE, STACK)


def test_takes_nothing_for_a_variable_that_stands_in_another_file(
    swarm: ScriptedSwarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(stack.FOLDER, tmp_path / "docker")
    (tmp_path / "docker" / NGINX_FILES[0]).write_text("# ${HOME}")
    monkeypatch.setattr(stack, "FOLDER", tmp_path / "docker")
    assert "HOME" not in build(swarm, PLAIN, HOME="/home").variables


def test_calls_the_release_by_its_name_in_the_stack(swarm: ScriptedSwarm) -> None:
    release = build(swarm, PLAIN)
    assert release.variables["RELEASE"] == release.name


@pytest.mark.parametrize(("environ", "image"), [({}, "nginx:1.28-alpine"), ({"NGINX_IMAGE": "mine:1"}, "mine:1")])
def test_knows_the_image_of_nginx(swarm: ScriptedSwarm, environ: dict[str, str], image: str) -> None:
    assert find_nginx_image(build(swarm, PLAIN, **environ)) == image


def test_knows_that_there_is_no_nginx(swarm: ScriptedSwarm) -> None:
    assert find_nginx_image(build_release(1)) is None


def test_adds_tls_where_there_is_a_certificate(swarm: ScriptedSwarm, tmp_path: Path) -> None:
    release = build(swarm, build_tls(tmp_path), HTTPS_PORT="8443")
    assert release.files.keys() - build(swarm, PLAIN).files.keys() == {"stack.tls.yml", "nginx/servers/tls.conf"}
    assert release.variables["HTTPS_PORT"] == "8443"


def test_takes_the_public_key_along(swarm: ScriptedSwarm, tmp_path: Path) -> None:
    release = build(swarm, build_signed(tmp_path))
    assert release.files.keys() - build(swarm, PLAIN).files.keys() == {"stack.signed.yml", "artifact-public-key.pem"}
    assert release.files["artifact-public-key.pem"] == "THE PUBLIC KEY"


def test_the_digest_stays_while_the_files_do(swarm: ScriptedSwarm) -> None:
    digests = {build(swarm, PLAIN, REPLICAS=n).variables["NGINX_DIGEST"] for n in ("1", "2")}
    assert re.fullmatch("[0-9a-f]{12}", digests.pop()) and not digests


@pytest.mark.parametrize(("name", "changes"), [("stack.yml", False), *((name, True) for name in NGINX_FILES)])
def test_the_digest_changes_with_any_file_of_nginx_alone(
    swarm: ScriptedSwarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, changes: bool
) -> None:
    before = build(swarm, PLAIN).variables["NGINX_DIGEST"]
    shutil.copytree(stack.FOLDER, tmp_path / "docker")
    monkeypatch.setattr(stack, "FOLDER", tmp_path / "docker")
    assert build(swarm, PLAIN).variables["NGINX_DIGEST"] == before
    (tmp_path / "docker" / name).write_text((tmp_path / "docker" / name).read_text() + "\n")
    assert (build(swarm, PLAIN).variables["NGINX_DIGEST"] != before) is changes


def test_another_public_key_replaces_the_service_alone(swarm: ScriptedSwarm, tmp_path: Path) -> None:
    signed = build_signed(tmp_path)
    before = build(swarm, signed).variables
    (tmp_path / "public.pem").write_text("ANOTHER PUBLIC KEY")
    after = build(swarm, signed).variables
    assert after["PUBLIC_KEY_DIGEST"] != before["PUBLIC_KEY_DIGEST"]
    assert after["NGINX_DIGEST"] == before["NGINX_DIGEST"] == build(swarm, PLAIN).variables["NGINX_DIGEST"]


def test_the_engine_is_given_the_files_as_the_stack_files_name_them(swarm: ScriptedSwarm, tmp_path: Path) -> None:
    release = build(swarm, build_signed(tmp_path))
    run_release(swarm, release)
    (command,) = swarm.find_commands("stack deploy")
    files = r"--compose-file \S+/stack\.yml --compose-file \S+/stack\.signed\.yml"
    options = "--resolve-image never --with-registry-auth"
    assert re.fullmatch(rf"stack deploy --prune {files} {options} {STACK}", command)
    assert swarm.deployed == [release.files]


def test_without_a_login_the_engine_keeps_the_one_that_it_has(swarm: ScriptedSwarm) -> None:
    swarm.hands_on_login = False
    run_release(swarm, build(swarm, PLAIN))
    (command,) = swarm.find_commands("stack deploy")
    assert "--with-registry-auth" not in command


def test_leaves_no_file_behind(swarm: ScriptedSwarm) -> None:
    swarm.script["stack deploy"] = Refusal("no")
    with pytest.raises(DockerFailed):
        run_release(swarm, build(swarm, PLAIN))
    (file,) = re.findall(r"\S+/stack\.yml", swarm.find_commands("stack deploy")[0])
    assert not Path(file).parent.exists()


def test_a_record_is_enough_to_deploy_again_what_it_was(
    swarm: ScriptedSwarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = build(swarm, build_tls(tmp_path), REPLICAS="3")
    monkeypatch.setattr(stack, "FOLDER", tmp_path / "none")
    swarm.variables.clear()
    run_release(swarm, Release(**json.loads(json.dumps(asdict(release)))))
    assert swarm.deployed == [release.files]
    assert {name: value for name, value in swarm.variables.items() if value} == release.variables


def test_what_the_environment_says_now_is_not_said_of_an_old_release(swarm: ScriptedSwarm) -> None:
    run_release(swarm, build(swarm, PLAIN, REPLICAS="3"))
    used = set(re.findall(r"\$\{([A-Z_]+)", (stack.FOLDER / "stack.yml").read_text()))
    assert swarm.variables.keys() == used
    assert (swarm.variables["REPLICAS"], swarm.variables["CPUS"], swarm.variables["THREADS"]) == ("3", "", "")
