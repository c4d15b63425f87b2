from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.artifacts.errors import NotPublishable
from app.artifacts.manifest import MAX_CODE_BYTES
from app.publishing.code_files import read_code
from tests.support.own_classes import write_package


def test_a_package_is_named_for_its_folder(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    (package / "__pycache__").mkdir()
    (package / "notes.txt").touch()
    names = {"code/shop.__init__.py", "code/shop.scaling.py", "code/shop.factor.py"}
    assert read_code(package).keys() == names
    assert read_code(package)["code/shop.factor.py"] == b"FACTOR = 2.0\n"


def test_of_another_folder_it_is_what_lies_in_it(tmp_path: Path) -> None:
    write_package(tmp_path)
    (tmp_path / "single.py").touch()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "hidden.py").touch()
    names = {"code/shop.__init__.py", "code/shop.scaling.py", "code/shop.factor.py", "code/single.py"}
    assert read_code(tmp_path).keys() == names


def test_a_file_is_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "single.py").write_text("A = 1")
    monkeypatch.chdir(tmp_path)
    assert read_code(Path("single.py")) == {"code/single.py": b"A = 1"}


@pytest.mark.parametrize(
    ("write", "fault"),
    [
        (lambda folder: None, "There is no Python file in {0}: --code names where the model's own code is."),
        (lambda folder: (folder / "a.py").write_text("a ="), "{0}/a.py is not code that this Python understands"),
        (lambda folder: (folder / "a.py").write_bytes(b"a = '\xff'"), "{0}/a.py is not code that this Python"),
        (lambda folder: (folder / "my-code.py").touch(), "my-code.py cannot be imported by that name: rename the file"),
        (lambda folder: (folder / "numpy.py").touch(), "The module numpy would stand in the place of the library"),
        (lambda folder: (folder / "json.py").touch(), "The module json would stand in the place of the library"),
        (
            lambda folder: (folder / "a.py").write_text("import numpy\n\nimport training\n"),
            "{0}/a.py imports training at line 3, which a server does not have. Name the file or the folder of "
            "training with --code (in Python, code=), and the version brings it along. What the script alone needs is "
            "imported where it is used, or under 'if __name__ == \"__main__\":'.",
        ),
        (
            lambda folder: (folder / "a.py").write_text("from tqdm.auto import tqdm\n"),
            "{0}/a.py imports tqdm.auto at line 1, which is of a library that a server does not have: name it in "
            "requirements/model.txt, ",
        ),
        (
            lambda folder: (folder / "a.py").write_text("#" * (MAX_CODE_BYTES + 1)),
            "The code in {0} has 4194305 bytes, and a version brings 4194304 at most",
        ),
    ],
)
def test_refuses_what_is_no_code_of_a_model(tmp_path: Path, write: Callable[[Path], object], fault: str) -> None:
    write(tmp_path)
    with pytest.raises(NotPublishable) as refused:
        read_code(tmp_path)
    assert str(refused.value).startswith(fault.format(tmp_path))


def test_lets_through_imports_of_what_comes_along_or_of_what_a_server_has(tmp_path: Path) -> None:
    (tmp_path / "b.py").touch()
    (tmp_path / "a.py").write_text(
        "import json, b\nfrom sklearn.base import clone\nfrom . import b as again\nfrom app.artifacts import errors\n"
        "if __name__ == '__main__':\n    import training\ndef later():\n    import training\n"
    )
    assert read_code(tmp_path).keys() == {"code/a.py", "code/b.py"}


def test_refuses_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotPublishable, match="There is no file or folder .*/gone: --code names"):
        read_code(tmp_path / "gone")
