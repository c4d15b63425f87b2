"""The pages of commands: all of them answer the same questions, and what they tell one to write is valid."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings
from tests.platforms.cloud_run_schema import build_service_schema
from tests.platforms.container_apps_schema import build_app_schema
from tests.platforms.manifests import CLOUD_RUN_FILE, CONTAINER_APPS_FILE, KUBERNETES, read_document
from tests.platforms.programs import KUBECTL, run_validator
from tests.platforms.readmes import PAGES, list_scripts, list_sections, list_snippets
from tests.platforms.schemas import find_faults

SECTIONS = ["What you need", "What to replace", "Deploy", "Watch", "Roll back", "Change a setting", "Rotate secrets"]
DIGEST = "0123456789abcdef" * 4
# What the commands ask their reader for.
VARIABLES = {
    "PROJECT": "example-project",
    "SUBSCRIPTION": "8f6c2a51-9d1e-4b7a-a1b2-3c4d5e6f7a8b",
    "GROUP": "example-group",
    "ENVIRONMENT": "example-environment",
    "REGISTRY": "example",
    "REGION": "europe-west1",
    "DIGEST": f"sha256:{DIGEST}",
}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)


def run_edit(page: Path, folder: Path) -> None:
    """Run the command of a page that puts the values into a copy of its files."""
    (command,) = re.findall(r"^sed .+?[^\\]$", "\n".join(list_scripts(page)), re.MULTILINE | re.DOTALL)
    subprocess.run(["bash", "-euc", command], cwd=folder, env=VARIABLES | {"PATH": "/usr/bin:/bin"}, check=True)


def test_every_platform_has_a_page() -> None:
    assert [page.parent.name for page in PAGES] == ["cloud-run", "container-apps", "ecs", "kubernetes"]


@every_page
def test_every_page_answers_the_same_questions(page: Path) -> None:
    assert list_sections(page) == SECTIONS


@every_page
def test_no_page_is_longer_than_a_page(page: Path) -> None:
    assert len(page.read_text().splitlines()) <= 100


@every_page
def test_a_shell_understands_every_command(page: Path) -> None:
    for script in list_scripts(page):
        ended = subprocess.run(["bash", "-n"], input=script, stderr=subprocess.PIPE, text=True)
        assert (ended.returncode, ended.stderr) == (0, "")


@every_page
def test_every_variable_has_a_value_before_it_is_used(page: Path) -> None:
    given: set[str] = set()
    for line in "\n".join(list_scripts(page)).splitlines():
        given |= set(re.findall(r"(?:^|\s|^read -rs )([A-Z_]+)(?:=|$)", line))
        assert set(re.findall(r"\$([A-Z_]+)", line)) - given == set(), line


@every_page
def test_every_page_names_settings_that_there_are(page: Path) -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)[`=]", page.read_text()))
    assert "WEB_CONCURRENCY" in named
    assert named - {name.upper() for name in Settings.__dataclass_fields__} == set()


@pytest.mark.parametrize(
    ("file", "schema"), [(CLOUD_RUN_FILE, build_service_schema()), (CONTAINER_APPS_FILE, build_app_schema())]
)
def test_the_command_that_puts_values_in_leaves_none_to_be_replaced(file: Path, schema: Any, tmp_path: Path) -> None:
    shutil.copy(file, tmp_path)
    run_edit(file.parent / "README.md", tmp_path)
    deployed = tmp_path / "deployed.yml"
    assert find_faults(schema, read_document(deployed)) == []
    told = "\n".join(
        line for line in deployed.read_text().splitlines() if not line.lstrip().startswith(("#", "- name:"))
    )
    assert re.findall(r"\b(?:PROJECT|SUBSCRIPTION|GROUP|ENVIRONMENT|REGISTRY|REGION)\b|0{64}", told) == []


def test_the_command_for_kubernetes_puts_the_digest_in(tmp_path: Path) -> None:
    copied = shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    run_edit(KUBERNETES / "README.md", copied)
    status, printed = run_validator(KUBECTL, "kustomize", copied / "overlays" / "production")
    assert (status, f"image: registry.example.com/ml-service@sha256:{DIGEST}\n" in printed) == (0, True), printed


def test_the_change_of_a_setting_on_kubernetes_works(tmp_path: Path) -> None:
    (change,) = [each for each in list_snippets(KUBERNETES / "README.md") if "configMapGenerator" in each]
    copied = shutil.copytree(KUBERNETES, tmp_path / "kubernetes") / "overlays" / "staging"
    kustomization = copied / "kustomization.yml"
    kustomization.write_text(yaml.safe_dump({**read_document(kustomization), **change}))
    status, printed = run_validator(KUBECTL, "kustomize", copied)
    (settings,) = [each for each in yaml.safe_load_all(printed) if each["kind"] == "ConfigMap"]
    assert (status, settings["data"]["LOG_LEVEL"], settings["data"]["METRICS_PORT"]) == (0, "debug", "9000")


def test_the_secret_on_cloud_run_is_what_the_api_takes() -> None:
    service = copy.deepcopy(read_document(CLOUD_RUN_FILE))
    (secrets,) = list_snippets(CLOUD_RUN_FILE.parent / "README.md")
    service["spec"]["template"]["spec"]["containers"][0]["env"] += secrets
    assert find_faults(build_service_schema(), service) == []


def test_the_secret_on_container_apps_is_what_the_api_takes() -> None:
    (properties,) = list_snippets(CONTAINER_APPS_FILE.parent / "README.md")
    app = {**read_document(CONTAINER_APPS_FILE), "properties": {"environmentId": "id", **properties["properties"]}}
    assert find_faults(build_app_schema(), app) == []
