"""Environments for sessions: a docker and an ssh of the test's own, and what is handed to them."""

from __future__ import annotations

from pathlib import Path

from tests.release.programs import write_program

PASSWORD = "correct horse"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n"
REGISTRY = {
    "CI_REGISTRY": "registry.example.com",
    "CI_REGISTRY_USER": "pipeline",
    "CI_REGISTRY_PASSWORD": PASSWORD,
}

# Notes what it was given, and logs in as Docker does: the password is in a file then.
_DOCKER = """
{ printf '%s\\n' "$*"; env; } >> "$NOTES"
[ "$1" != login ] || { mkdir -p "$DOCKER_CONFIG"; cat > "$DOCKER_CONFIG/config.json"; }
"""


def build_environ(folder: Path) -> dict[str, str]:
    """Return an environment with the programs, whose docker notes what it is given in the file NOTES."""
    write_program(folder / "programs", "docker", _DOCKER)
    path = write_program(folder / "programs", "ssh", 'printf "%s\\n" "$@"')
    return {"PATH": path, "NOTES": str(folder / "notes")}


def build_environ_with_key(folder: Path) -> dict[str, str]:
    """Return an environment that names a key for SSH, and who the host is, as well."""
    (folder / "key file").write_text(KEY)
    (folder / "known hosts").write_text("host ssh-ed25519 AAAA\n")
    files = {"SSH_PRIVATE_KEY_FILE": folder / "key file", "SSH_KNOWN_HOSTS_FILE": folder / "known hosts"}
    return {**build_environ(folder), **{name: str(file) for name, file in files.items()}}
