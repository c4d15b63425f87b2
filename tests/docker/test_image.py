from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.version import __version__
from tests.docker.clones import run_git, run_make
from tests.docker.conftest import BUILD_OPTIONS
from tests.docker.engine import Engine
from tests.docker.look_alikes import PYTHON_IMAGE
from tests.docker.notes import Note

MAX_MEGABYTES_ON_TOP = 290
# Of this image alone: not what the kernel shows.
LIST_FILES = """
import os
for folder, folders, names in os.walk("/"):
    folders[:] = [name for name in folders if folder != "/" or name not in ("proc", "sys", "dev")]
    print(*(os.path.join(folder, name) for name in [*folders, *names]), sep="\\n")
"""
COMPILERS = {"cc", "gcc", "g++", "c++", "clang", "ld", "as", "make", "cmake"}


@pytest.fixture(scope="module")
def description(builder: Engine, image: str) -> dict[str, Any]:
    """Return what the engine says of the image."""
    (found,) = json.loads(builder.run("image", "inspect", image))
    described: dict[str, Any] = found
    return described


@pytest.fixture(scope="module")
def files(builder: Engine, image: str) -> list[Path]:
    """Return all files in the image that the service's user can see."""
    return [Path(name) for name in run_python(builder, image, LIST_FILES).splitlines()]


def run_python(builder: Engine, image: str, code: str) -> str:
    return builder.run("run", "--rm", "--network", "none", image, "python", "-c", code)


def measure_megabytes(builder: Engine, image: str) -> float:
    return int(builder.run("image", "inspect", "--format", "{{.Size}}", image)) / 1e6


def test_is_small(builder: Engine, image: str, note: Note) -> None:
    on_top = measure_megabytes(builder, image) - measure_megabytes(builder, PYTHON_IMAGE)
    note(f"image: {on_top:.0f} MB on top of its base")
    assert 0 < on_top <= MAX_MEGABYTES_ON_TOP


def test_holds_no_compiler_no_cache_and_no_installer_of_its_own(files: list[Path]) -> None:
    assert [path for path in files if path.name in COMPILERS and path.parent.name == "bin"] == []
    assert [path for path in files if ".cache" in path.parts or path.match("pip/*http*")] == []
    assert [path for path in files if path.is_relative_to("/opt/venv") and path.name == "pip"] == []


def test_holds_the_service_and_one_version_and_nothing_else_of_the_project(files: list[Path]) -> None:
    own = {path.relative_to("/srv").parts[0] for path in files if path.is_relative_to("/srv") and path != Path("/srv")}
    assert own == {"app", "artifacts", "docker", "gunicorn.conf.py", "healthcheck.py", "wsgi.py", "__pycache__"}
    versions = [path for path in files if path.parent == Path("/srv/artifacts")]
    assert sorted(path.name for path in versions)[1:] == ["current"] and len(versions) == 2


def test_holds_the_stack_files_that_it_is_deployed_by(files: list[Path], clone: Path) -> None:
    travelling = [*(clone / "docker").glob("stack*.yml"), *(clone / "docker" / "nginx").rglob("*.conf")]
    assert len(travelling) == 7
    assert {Path("/srv") / path.relative_to(clone) for path in travelling} <= set(files)


@pytest.mark.parametrize("pattern", ["tests", "test", "*.pyi", "*.pyx", "*.h", "tqdm", "pytest", "black", "training"])
def test_leaves_out_what_serving_never_imports(files: list[Path], pattern: str) -> None:
    installed = [path for path in files if path.is_relative_to("/opt/venv") or path.is_relative_to("/srv")]
    assert installed
    assert [path for path in installed if path.match(pattern)] == []


def test_can_still_import_every_estimator(builder: Engine, image: str) -> None:
    code = "from sklearn.utils import all_estimators; print(len(all_estimators('classifier')))"
    assert int(run_python(builder, image, code)) > 30


def test_has_its_bytecode_and_looks_at_no_source_again(files: list[Path], builder: Engine, image: str) -> None:
    sources = [path for path in files if path.suffix == ".py" and path.is_relative_to("/srv/app")]
    compiled = {path.parent.parent / f"{path.name.split('.')[0]}.py" for path in files if path.suffix == ".pyc"}
    assert sources and set(sources) <= compiled
    flags = run_python(builder, image, "import app, pathlib; print(pathlib.Path(app.__cached__).read_bytes()[4])")
    assert flags == "1"  # by the hash of a source that is never compared


def test_says_where_it_comes_from(description: dict[str, Any], clone: Path) -> None:
    labels = description["Config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == run_git(clone, "rev-parse", "HEAD").strip()
    assert labels["org.opencontainers.image.version"] == __version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", labels["org.opencontainers.image.created"])


def test_runs_as_a_user_without_a_name_or_a_home_and_without_a_shell(description: dict[str, Any]) -> None:
    configuration = description["Config"]
    assert configuration["User"] == "10001:10001"
    assert configuration["Cmd"] == ["python", "-m", "app"]
    assert configuration["Entrypoint"] is None
    assert configuration["Healthcheck"]["Test"] == ["CMD", "python", "-IS", "healthcheck.py"]


def test_the_model_that_is_trained_on_the_way_knows_its_commit(baked_artifacts: Path, clone: Path) -> None:
    metadata = json.loads((baked_artifacts / "current" / "metadata.json").read_text())
    assert metadata["git_commit"] == run_git(clone, "rev-parse", "HEAD").strip()


def test_is_not_built_with_a_version_that_would_not_be_served(
    builder: Engine, clone: Path, image: str, baked_artifacts: Path, tmp_path: Path
) -> None:
    context = tmp_path / "context"
    run_git(clone, "worktree", "add", "--detach", str(context))
    shutil.copytree(baked_artifacts, context / "artifacts", symlinks=True)
    model = context / "artifacts" / "current" / "model.pkl"
    model.write_bytes(model.read_bytes() + b" ")
    tag = f"IMAGE_TAG={image}-broken"
    made = run_make(context, "image", tag, environment=builder.environment, BUILD_OPTIONS=BUILD_OPTIONS)
    assert made.returncode != 0
    assert "model.pkl" in made.stdout
    assert not builder.is_known(f"{image}-broken")
