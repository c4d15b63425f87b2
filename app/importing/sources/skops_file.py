"""Models in files by skops, which holds no program: only types that are trusted are loaded."""

from __future__ import annotations

from pathlib import Path

from app.artifacts.errors import NotPublishable
from app.artifacts.pickled import Global
from app.importing.sources.libraries import import_library
from app.importing.sources.source import LoadedModel, SourceOptions
from app.publishing.own_code import PROGRAM, own_code_of


def load_skops(path: Path, options: SourceOptions) -> LoadedModel:
    """Return the model in a file by skops. Raises `NotPublishable` with the types that it asks to be trusted."""
    skops = import_library("skops.io", path, "install requirements/training.txt")
    try:
        asked_for = skops.get_untrusted_types(file=path)
    except Exception as error:  # whatever a file that is no archive leads to
        raise NotPublishable(f"{path} is no model by skops ({type(error).__name__}: {error}).") from error
    if untrusted := sorted(set(asked_for) - set(options.trusted)):
        asked = " ".join(f"--trust {name}" for name in untrusted)
        raise NotPublishable(f"{path} holds types that skops does not trust. If you do, import it with {asked}.")
    with own_code_of([_parse_name(name) for name in asked_for], options.code, str(path)):
        try:
            return LoadedModel(skops.load(path, trusted=sorted(asked_for)))
        except Exception as error:  # a type may raise anything
            raise NotPublishable(f"{path} cannot be loaded ({type(error).__name__}: {error}).") from error


def _parse_name(name: str) -> Global:
    """Return the module and the class or function of what skops names by both; a program is a module without dots."""
    start = f"{PROGRAM}."
    module, _, own_name = name.partition(".") if name.startswith(start) else name.rpartition(".")
    return Global(module, own_name)
