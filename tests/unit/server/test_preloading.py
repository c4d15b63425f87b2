from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server.preloading import import_modules


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder from which modules are imported, which are forgotten at the end."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_imports_the_modules(folder: Path) -> None:
    for name in ("preloaded_one", "preloaded_two"):
        (folder / f"{name}.py").write_text("value = __name__")
    import_modules(iter(["preloaded_one", "preloaded_two"]))
    assert sys.modules["preloaded_one"].value == "preloaded_one"
    assert sys.modules["preloaded_two"].value == "preloaded_two"


def test_does_not_import_again_what_is_imported(folder: Path) -> None:
    (folder / "preloaded_once.py").write_text("")
    import_modules(["preloaded_once"])
    module = sys.modules["preloaded_once"]
    import_modules(["preloaded_once"])
    assert sys.modules["preloaded_once"] is module


@pytest.mark.parametrize(
    "code", ["raise RuntimeError('not here')", "import preloaded_gone", "nonsense nonsense", "raise AttributeError"]
)
def test_leaves_to_the_workers_what_cannot_be_imported(
    folder: Path, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (folder / "preloaded_bad.py").write_text(code)
    (folder / "preloaded_good.py").write_text("")
    import_modules(["preloaded_bad", "preloaded_good"])
    assert ("preloaded_bad" in sys.modules, "preloaded_good" in sys.modules) == (False, True)
    assert (
        "app.server.preloading",
        logging.DEBUG,
        "preloaded_bad cannot be imported ahead.",
    ) in caplog.record_tuples
