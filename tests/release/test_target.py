from __future__ import annotations

from pathlib import Path

import pytest

from release.docker import ReleaseFailed
from release.target import Target, read_target

IMAGE = f"registry.example.com:5000/team/ml-service@sha256:{'0a' * 32}"
TARGET = {
    "DOCKER_HOST": "ssh://deploy@staging.example.com",
    "ENVIRONMENT": "staging",
    "SERVICE_URL": "http://staging.example.com",
}
ENVIRON = {**TARGET, "IMAGE": IMAGE}
NO_VERSION = "ARTIFACT_DIR must hold the version that IMAGE was built with, and none has no current one"
FAULTS = {
    "DOCKER_HOST": "DOCKER_HOST must name the engine, such as ssh://deploy@staging.example.com",
    "ENVIRONMENT": "ENVIRONMENT must be up to 20 small letters, digits or '-', such as staging",
    "SERVICE_URL": "SERVICE_URL must be where the service will answer, such as http://staging.example.com",
    "DEPLOY_TIMEOUT_SECONDS": "DEPLOY_TIMEOUT_SECONDS must be a whole number from 1 to 99999",
    "IMAGE": "IMAGE must be an image by its digest, such as registry.example.com/ml-service@sha256:...",
}
FILES = ["TLS_CERTIFICATE_FILE", "TLS_KEY_FILE", "ARTIFACT_PUBLIC_KEY_FILE"]


@pytest.fixture(autouse=True)
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of versions where it is looked for by default, with a current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("v1", "v2"):
        (tmp_path / "artifacts" / name).mkdir(parents=True)
    (tmp_path / "artifacts" / "current").symlink_to("v2")
    return tmp_path / "artifacts"


def explain(environ: dict[str, str]) -> str:
    with pytest.raises(ReleaseFailed) as refused:
        read_target(environ, needs_image=True)
    return str(refused.value)


def name_files(folder: Path) -> dict[str, str]:
    """Return variables that each name a file."""
    for name in FILES:
        (folder / name).write_text(f"-----BEGIN {name}")
    return {name: str(folder / name) for name in FILES}


def test_reads_what_must_be_said() -> None:
    target = Target("staging", "http://staging.example.com", 600.0, IMAGE, "v2")
    assert read_target(ENVIRON, needs_image=True) == target


def test_reads_all_that_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "models" / "v3").mkdir(parents=True)
    own = {"DEPLOY_TIMEOUT_SECONDS": "90", "ARTIFACT_DIR": "models", **name_files(tmp_path)}
    target = Target(
        "staging", "http://staging.example.com", 90.0, IMAGE, "v3", "", *(f"-----BEGIN {name}" for name in FILES)
    )
    assert read_target({name: f" {value}\n" for name, value in {**ENVIRON, **own}.items()}, needs_image=True) == target


def test_takes_an_empty_variable_for_none() -> None:
    empty = dict.fromkeys(["DEPLOY_TIMEOUT_SECONDS", "ARTIFACT_DIR", *FILES], " ")
    assert read_target({**ENVIRON, **empty}, needs_image=True) == read_target(ENVIRON, needs_image=True)


def test_a_rollback_needs_no_image_and_no_files() -> None:
    assert read_target({**TARGET, "TLS_KEY_FILE": "/none"}, needs_image=False) == Target(
        "staging", "http://staging.example.com"
    )


def test_names_the_stack_by_the_environment() -> None:
    assert read_target(TARGET, needs_image=False).stack == "ml-service-staging"


def test_names_every_fault_in_one_message() -> None:
    faults = f"{'; '.join(FAULTS.values())}; ARTIFACT_PUBLIC_KEY_FILE must name a file of text; {NO_VERSION}"
    environ = {"DEPLOY_TIMEOUT_SECONDS": "soon", "ARTIFACT_PUBLIC_KEY_FILE": "/none", "ARTIFACT_DIR": "none"}
    assert explain(environ) == f"The environment cannot be used: {faults}."


def test_names_the_faults_of_a_target_alone_where_that_is_asked_for() -> None:
    with pytest.raises(ReleaseFailed) as refused:
        read_target({**TARGET, "ENVIRONMENT": ""}, needs_image=False)
    assert str(refused.value) == f"The environment cannot be used: {FAULTS['ENVIRONMENT']}."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOCKER_HOST", " "),
        ("ENVIRONMENT", "Staging"),
        ("ENVIRONMENT", "1st"),
        ("ENVIRONMENT", "a_b"),
        ("ENVIRONMENT", "a" * 21),
        ("SERVICE_URL", "staging.example.com"),
        ("SERVICE_URL", "ftp://staging.example.com"),
        ("SERVICE_URL", "http://"),
        ("SERVICE_URL", "http://[::1"),
        ("SERVICE_URL", "http://staging.example.com:0"),
        ("SERVICE_URL", "http://staging.example.com:65536"),
        ("SERVICE_URL", "http://staging.example.com:x"),
        ("SERVICE_URL", "http://user@staging.example.com"),
        ("SERVICE_URL", "http://staging.example.com/?a"),
        ("SERVICE_URL", "http://staging.example.com/ a"),
        ("DEPLOY_TIMEOUT_SECONDS", "0"),
        ("DEPLOY_TIMEOUT_SECONDS", "100000"),
        ("DEPLOY_TIMEOUT_SECONDS", "1.5"),
        ("DEPLOY_TIMEOUT_SECONDS", "\N{SUPERSCRIPT TWO}"),
        ("IMAGE", "registry.example.com/ml-service:latest"),
        ("IMAGE", IMAGE[:-1]),
        ("IMAGE", f"{IMAGE}0"),
        ("IMAGE", IMAGE.upper()),
        ("IMAGE", f"-{IMAGE}"),
    ],
)
def test_refuses_a_value_that_cannot_be_used(name: str, value: str) -> None:
    assert explain({**ENVIRON, name: value}) == f"The environment cannot be used: {FAULTS[name]}."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "a" * 20),
        ("ENVIRONMENT", "eu-2"),
        ("DEPLOY_TIMEOUT_SECONDS", "1"),
        ("DEPLOY_TIMEOUT_SECONDS", "99999"),
        ("IMAGE", f"ml-service@sha256:{'f' * 64}"),
        ("IMAGE", f"localhost:5000/a/b_c.d:v1@sha256:{'0' * 64}"),
        ("SERVICE_URL", "http://staging.example.com:9999"),
        ("SERVICE_URL", "http://staging.example.com:59999"),
        ("SERVICE_URL", "http://staging.example.com:65535"),
    ],
)
def test_takes_a_value_at_the_edge(name: str, value: str) -> None:
    read_target({**ENVIRON, name: value}, needs_image=True)


@pytest.mark.parametrize("name", FILES[:2])
def test_wants_both_files_of_tls_or_neither(tmp_path: Path, name: str) -> None:
    assert explain({**ENVIRON, name: name_files(tmp_path)[name]}) == (
        "The environment cannot be used: TLS_CERTIFICATE_FILE and TLS_KEY_FILE must be set together."
    )


@pytest.mark.parametrize("name", FILES)
def test_wants_files_that_can_be_read(tmp_path: Path, name: str) -> None:
    fault = f"The environment cannot be used: {name} must name a file of text."
    files = name_files(tmp_path)
    (tmp_path / name).write_bytes(b"\x30\x82\xff")
    assert explain({**ENVIRON, **files}) == fault
    assert explain({**ENVIRON, **files, name: str(tmp_path)}) == fault


def test_knows_the_only_version_where_the_link_is_lost(artifacts: Path) -> None:
    (artifacts / "current").unlink()
    assert explain(ENVIRON).endswith(
        "ARTIFACT_DIR must hold the version that IMAGE was built with, and artifacts has no current one."
    )
    (artifacts / "v1").rmdir()
    assert read_target(ENVIRON, needs_image=True).version == "v2"


def test_hands_in_whom_to_trust_over_tls_alone(tmp_path: Path) -> None:
    (tmp_path / "authority").write_text("PEM")
    environ = {**TARGET, "SSL_CERT_FILE": str(tmp_path / "authority")}
    assert read_target(environ, needs_image=False).authority == ""
    assert read_target({**environ, "SERVICE_URL": "https://staging.example.com"}, needs_image=False).authority == "PEM"
