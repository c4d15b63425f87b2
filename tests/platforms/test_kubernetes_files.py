"""What kustomize and kubernetes-validate say of the manifests, and that they would notice a mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.platforms.manifests import BASE, KUBERNETES, OVERLAYS, build_overlay
from tests.platforms.mutants import Mutant, name_mutant, write_mutant
from tests.platforms.programs import KUBECTL, KUBERNETES_VALIDATE, run_validator

MANIFESTS = sorted(path for path in BASE.glob("*.yml") if path.name != "kustomization.yml")
# From the first that lets a pod sleep before it is stopped to the newest that the validator knows.
VERSIONS = ["1.30", "1.37"]
MANIFEST_MUTANTS = [
    ("deployment.yml", Mutant("misspelt key", "readinessProbe:", "readynessProbe:")),
    ("deployment.yml", Mutant("key that is nowhere", "minReadySeconds: 5", "minimumReadySeconds: 5")),
    ("deployment.yml", Mutant("text for a number", "containerPort: 8000", 'containerPort: "8000"')),
    (
        "deployment.yml",
        Mutant("no selector", "  selector:\n    matchLabels:\n      app.kubernetes.io/name: ml-service\n", ""),
    ),
    ("deployment.yml", Mutant("key in the wrong place", "readOnlyRootFilesystem", "runAsRoot")),
    ("autoscaler.yml", Mutant("no limit", "  maxReplicas: 4\n", "")),
    ("disruption-budget.yml", Mutant("misspelt key", "minAvailable", "minAvailble")),
    ("network-policy.yml", Mutant("one for a list", "policyTypes: [Ingress, Egress]", "policyTypes: Ingress")),
    ("service.yml", Mutant("version that never was", "apiVersion: v1", "apiVersion: v3")),
]
KUSTOMIZATION_MUTANTS = [
    Mutant("misspelt key", "resources:", "resorces:"),
    Mutant("file that is missing", "deployment.yml", "deployments.yml"),
    Mutant("patch of nothing", "/spec/minReplicas", "/spec/fewestReplicas/0"),
]


def find_faults(path: Path, version: str = VERSIONS[-1]) -> list[str]:
    """Return what the validator has against the resources in a file: warnings too, which its exit status passes over.

    It only warns of a resource that the version does not know, and checks nothing of it.
    """
    status, printed = run_validator(KUBERNETES_VALIDATE, "--strict", "--kubernetes-version", version, path)
    faults = [line for line in printed.splitlines() if not line.startswith("INFO ")]
    assert faults or status == 0, printed
    return faults


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_every_manifest_is_valid(path: Path) -> None:
    assert find_faults(path) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_kustomize_makes_is_valid(overlay: str, version: str, tmp_path: Path) -> None:
    built = tmp_path / "built.yml"
    built.write_text(build_overlay(overlay))
    assert find_faults(built, version) == []


@pytest.mark.parametrize(("name", "mutant"), MANIFEST_MUTANTS, ids=[f"{a} {b.fault}" for a, b in MANIFEST_MUTANTS])
def test_a_broken_manifest_is_noticed(name: str, mutant: Mutant, tmp_path: Path) -> None:
    assert find_faults(write_mutant(BASE / name, tmp_path, mutant)) != []


@pytest.mark.parametrize("mutant", KUSTOMIZATION_MUTANTS, ids=name_mutant)
def test_a_broken_kustomization_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    copy = shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    broken = [path for path in copy.rglob("kustomization.yml") if mutant.there in path.read_text()]
    assert broken
    for path in broken:
        write_mutant(path, path.parent, mutant)
    status, printed = run_validator(KUBECTL, "kustomize", copy / "overlays" / "production")
    assert (status, "error: " in printed) == (1, True), printed


def test_every_file_of_the_base_is_applied() -> None:
    text = (BASE / "kustomization.yml").read_text()
    assert [path.name for path in MANIFESTS if f"  - {path.name}\n" not in text] == []
