"""What the tests with a Docker Engine share: the engine that builds, a registry, and the image of the service."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docker.clones import clone_project, run_git, run_make
from tests.docker.engine import Engine, run_engine
from tests.docker.leftovers import list_leftovers
from tests.docker.look_alikes import build_nginx, import_python
from tests.docker.notes import Note, show_notes, take_notes
from tests.docker.registry import Registry, run_registry
from tests.support.signing_keys import SigningKey, write_signing_key
from training import train

IMAGE = "ml-service:latest"
BUILD_OPTIONS = "--network host"
# Whole pipelines and roll-outs are waited for, on machines that do other things as well.
TIMEOUT_SECONDS = 2700


def pytest_configure() -> None:
    """Take SIGTERM for Ctrl-C: a job that is cancelled ends its engines and servers as well."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow these tests more time than others have."""
    for item in items:
        item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show what the tests have measured."""
    show_notes(terminalreporter, config)


@pytest.fixture(scope="session")
def note(pytestconfig: pytest.Config) -> Note:
    """Return what takes a line to show in the end."""
    return take_notes(pytestconfig)


@pytest.fixture(scope="session")
def workplace() -> Iterator[Path]:
    """Return a folder for engines, with a short path, as the paths of sockets must be; nothing is left in the end."""
    folder = Path(tempfile.mkdtemp(prefix="mls-"))
    yield folder
    shutil.rmtree(folder)
    assert list_leftovers(folder) == []


@pytest.fixture(scope="session")
def builder(workplace: Path) -> Iterator[Engine]:
    """Run the engine that builds images, on what stands for the public image of Python."""
    assert os.geteuid() == 0, "These tests need root, as a Docker Engine does."
    with run_engine(workplace / "builder") as engine:
        import_python(engine)
        yield engine


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clean clone of the project, which others on the machine may not read."""
    folder = clone_project(tmp_path_factory.mktemp("clone"))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)
    (folder / ".env").write_text("GRAFANA_ADMIN_PASSWORD=a-secret-of-this-machine\n")
    return folder


@pytest.fixture(scope="session")
def image(builder: Engine, clone: Path) -> str:
    """Return the image that `make image` builds of the clean clone, with a model that is trained on the way."""
    made = run_make(clone, "image", environment=builder.environment, BUILD_OPTIONS=BUILD_OPTIONS)
    assert made.returncode == 0, made.stdout
    return IMAGE


@pytest.fixture(scope="session")
def nginx_image(builder: Engine) -> str:
    """Return the name of what stands for the public image of nginx."""
    return build_nginx(builder)


@pytest.fixture(scope="session")
def baked_artifacts(builder: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the folder of versions that is in the image."""
    return copy_artifacts(builder, image, tmp_path_factory.mktemp("baked"))


def copy_artifacts(engine: Engine, image: str, folder: Path) -> Path:
    """Copy the folder of versions out of an image."""
    container = engine.run("create", image).splitlines()[-1]
    engine.run("cp", f"{container}:/srv/artifacts", str(folder))
    engine.run("rm", container)
    return folder / "artifacts"


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    """Return the key that the version `second` is signed with."""
    return write_signing_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def public_key_file(signing_key: SigningKey) -> Path:
    """Return the file of the key that verifies the version `second`."""
    return signing_key.public_file


@pytest.fixture(scope="session")
def second_clone(clone: Path, signing_key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return another clone, in which the version `second` has been trained and signed."""
    folder = tmp_path_factory.mktemp("clones") / "second"
    run_git(clone, "worktree", "add", "--detach", str(folder))
    options = ["--version", "second", "--seed", "7", "--signing-key-file", str(signing_key.private_file)]
    train.main(["--artifact-dir", str(folder / "artifacts"), *options])
    return folder


@pytest.fixture(scope="session")
def second_image(builder: Engine, image: str, second_clone: Path) -> str:
    """Return the image that `make image` builds with the version `second`."""
    name = "ml-service:second"
    made = run_make(
        second_clone, "image", f"IMAGE_TAG={name}", environment=builder.environment, BUILD_OPTIONS=BUILD_OPTIONS
    )
    assert made.returncode == 0, made.stdout
    return name


@pytest.fixture(scope="session")
def registry(workplace: Path) -> Iterator[Registry]:
    """Run a registry that wants a password."""
    with run_registry(workplace / "registry") as running:
        yield running


@pytest.fixture(scope="session")
def push(builder: Engine, registry: Registry, clone: Path) -> Callable[[str, str], str]:
    """Return what pushes an image as `ml-service` under a tag, with `make push`, and returns its name by digest."""

    def push_image(image: str, tag: str) -> str:
        name = f"{registry.address}/ml-service:{tag}"
        builder.run("tag", image, name)
        environment = {**builder.environment, **registry.variables}
        made = run_make(clone, "push", f"IMAGE_TAG={name}", environment=environment)
        assert made.returncode == 0, made.stdout
        return (clone / "reports" / "image.env").read_text().strip().removeprefix("IMAGE=")

    return push_image
