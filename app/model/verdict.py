"""Verdicts: what the process that tries an artifact reports, as a line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.artifacts import ArtifactCorrupt, ArtifactError
from app.artifacts.libraries import LIBRARIES

_MAX_FAULT_LENGTH = 2000


class TrialCutShort(ArtifactCorrupt):
    """An artifact has ended the process that tried it, or has kept it from giving a verdict."""


@dataclass(frozen=True)
class Outcome:
    """The findings of a trial that was passed: which modules of libraries the artifact needs, and what was measured."""

    modules: list[str]
    measured: dict[str, float]


def encode_outcome(modules: Mapping[str, Any], measured: Mapping[str, float]) -> bytes:
    """Return the verdict on an artifact that has passed, by a process that has imported `modules`."""
    needed = [name for name, module in modules.items() if _is_library(name) and module is not None]
    return _encode({"modules": needed, "measured": dict(measured)})


def encode_fault(fault: str) -> bytes:
    """Return the verdict on an artifact that is not what it should be."""
    return _encode({"fault": fault[:_MAX_FAULT_LENGTH]})


def encode_refusal(refusal: str) -> bytes:
    """Return the verdict on an artifact that cannot be used for another reason; `refusal` is a whole sentence."""
    return _encode({"refusal": refusal})


def encode_cut(fault: str) -> bytes:
    """Return the verdict on an artifact whose trial has ended before it came to one."""
    return _encode({"cut": fault})


def parse_verdict(verdict: bytes, version: str) -> Outcome:
    """Return what was found of `version`. Raises `ArtifactError`, of the kind that the verdict is."""
    report = _parse(verdict)
    if fault := report.get("fault"):
        raise ArtifactCorrupt(version, str(fault))
    if refusal := report.get("refusal"):
        raise ArtifactError(str(refusal))
    if cut := report.get("cut"):
        raise TrialCutShort(version, str(cut))
    modules, measured = report.get("modules"), report.get("measured")
    if not isinstance(modules, list) or not isinstance(measured, dict):
        raise TrialCutShort(version, "trying it ended without a word")
    return Outcome(list(filter(_is_library, modules)), measured)


def _is_library(name: Any) -> bool:
    """Return whether this is a module of a library that an artifact may need."""
    return isinstance(name, str) and name.split(".")[0] in LIBRARIES


def _encode(report: dict[str, Any]) -> bytes:
    return json.dumps(report).encode() + b"\n"


def _parse(verdict: bytes) -> dict[str, Any]:
    """Return what the verdict holds; nothing where it is none, as a pickle may write what it likes."""
    try:
        report = json.loads(verdict)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}
