"""The environment to deploy to, and the image to deploy, as the variables of the process say it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from release.docker import ReleaseFailed

_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_ADDRESS = rf"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:({_PORT}))?(/[A-Za-z0-9._~%/-]*)?"
_IMAGE = r"[a-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}"
_DEFAULTS = {"DEPLOY_TIMEOUT_SECONDS": "600", "ARTIFACT_DIR": "artifacts"}
_RULES = {
    "DOCKER_HOST": (r".+", "must name the engine, such as ssh://deploy@staging.example.com"),
    "ENVIRONMENT": (r"[a-z][a-z0-9-]{0,19}", "must be up to 20 small letters, digits or '-', such as staging"),
    "SERVICE_URL": (_ADDRESS, "must be where the service will answer, such as http://staging.example.com"),
    "DEPLOY_TIMEOUT_SECONDS": (r"[1-9][0-9]{0,4}", "must be a whole number from 1 to 99999"),
    "IMAGE": (_IMAGE, "must be an image by its digest, such as registry.example.com/ml-service@sha256:..."),
}
_FILES = ("SSL_CERT_FILE", "TLS_CERTIFICATE_FILE", "TLS_KEY_FILE", "ARTIFACT_PUBLIC_KEY_FILE")


class Target(NamedTuple):
    """One environment, who vouches for its service, and what is deployed there where anything is."""

    environment: str
    service_url: str
    timeout_seconds: float = 600.0
    image: str = ""
    version: str = ""
    authority: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    public_key: str = ""

    @property
    def stack(self) -> str:
        """The name of the stack."""
        return f"ml-service-{self.environment}"


def read_target(environ: Mapping[str, str], needs_image: bool) -> Target:
    """Return the target that `environ` describes, with what is to be deployed. Raises `ReleaseFailed`."""
    said = {name: get(environ, name) for name in _RULES if needs_image or name != "IMAGE"}
    faults = [f"{name} {_RULES[name][1]}" for name, value in said.items() if not re.fullmatch(_RULES[name][0], value)]
    is_wanted = {name: needs_image for name in _FILES} | {"SSL_CERT_FILE": said["SERVICE_URL"].startswith("https:")}
    texts = dict.fromkeys(_FILES, "")
    for name in [each for each in _FILES if is_wanted[each] and get(environ, each)]:
        try:
            texts[name] = Path(get(environ, name)).read_text()
        except (OSError, UnicodeDecodeError):
            faults.append(f"{name} must name a file of text")
    if needs_image and bool(get(environ, "TLS_CERTIFICATE_FILE")) != bool(get(environ, "TLS_KEY_FILE")):
        faults.append("TLS_CERTIFICATE_FILE and TLS_KEY_FILE must be set together")
    folder = Path(get(environ, "ARTIFACT_DIR"))
    # The current one, or the only one: an archive of artifacts may lose the link.
    versions = [each.readlink() for each in [folder / "current"] if each.is_symlink()] or [*folder.glob("*/")]
    if needs_image and len(versions) != 1:
        faults.append(f"ARTIFACT_DIR must hold the version that IMAGE was built with, and {folder} has no current one")
    if faults:
        raise ReleaseFailed(f"The environment cannot be used: {'; '.join(faults)}.")
    what = (said["IMAGE"], versions[0].name) if needs_image else ("", "")
    return Target(
        said["ENVIRONMENT"], said["SERVICE_URL"], float(said["DEPLOY_TIMEOUT_SECONDS"]), *what, *texts.values()
    )


def get(environ: Mapping[str, str], name: str) -> str:
    """Return what a variable says, else its default, which for most is that it is empty."""
    return environ.get(name, "").strip() or _DEFAULTS.get(name, "")
