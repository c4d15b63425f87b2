"""What an engine knows of services and tasks, as it writes it."""

from __future__ import annotations

import json
from typing import Any

OLD = {"Image": "ml-service@sha256:1", "Env": ["THREADS=4"]}
NEW = {"Image": "ml-service@sha256:2", "Env": ["THREADS=4"]}


def build_service(update: str | None = None, n_wanted: int = 2, specified: Any = NEW) -> dict[str, Any]:
    """Return a service whose containers are `specified`; `update` is the state of its update, if there was one."""
    return {
        "Spec": {
            "Labels": {"ml-service.release": "ml-service-staging-2"},
            "TaskTemplate": {"ContainerSpec": specified, "ForceUpdate": 0},
            "Mode": {"Replicated": {"Replicas": n_wanted}},
        },
        **({"UpdateStatus": {"State": update, "Message": "update in progress"}} if update else {}),
    }


def build_task(name: str, state: str = "running", desired: str = "running", **changes: Any) -> dict[str, Any]:
    """Return a task of the new specification, with `changes`; later names were created later."""
    return {
        "ID": name,
        "CreatedAt": f"2026-01-01T00:00:00.{name}Z",
        "Spec": {"ContainerSpec": changes.get("specified", NEW), "ForceUpdate": 0},
        "Status": {"State": state, "Message": "started", **changes.get("status", {})},
        "DesiredState": desired,
    }


def write(*things: dict[str, Any]) -> str:
    """Return things as Docker prints them."""
    return json.dumps(things, indent=4)
