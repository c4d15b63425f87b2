"""Deployments to an environment of the tests, with what they need on the disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from release.deployment import Deployment, Target
from release.docker import Docker
from release.records import Release
from release.stack import build_release
from tests.release.scripted_service import EXPECTATION
from tests.release.scripted_swarm import STACK

IMAGE = f"registry.example.com/ml-service@sha256:{'0' * 64}"
PLAIN = Deployment(Target("staging", "http://staging.example.com"), IMAGE, Path("artifacts"), None, None, None)


def build_tls(folder: Path) -> Deployment:
    """Return a deployment that speaks TLS."""
    (folder / "certificate").write_text("THE CERTIFICATE")
    (folder / "key").write_text("THE KEY")
    return replace(PLAIN, tls_certificate_file=folder / "certificate", tls_key_file=folder / "key")


def build_signed(folder: Path) -> Deployment:
    """Return a deployment that serves only what is signed."""
    (folder / "public.pem").write_text("THE PUBLIC KEY")
    return replace(PLAIN, artifact_public_key_file=folder / "public.pem")


def build(docker: Docker, deployment: Deployment, **environ: str) -> Release:
    """Return the release of `deployment`, the one after the first."""
    return build_release(docker, deployment, EXPECTATION, f"{STACK}-1", environ)
