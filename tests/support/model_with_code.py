"""Publishes a model of a class of one's own, with the module that it is in."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import numpy as np

import training


def publish_with_code(folder: Path, name: str, code: str, class_name: str, *arguments: object) -> Path:
    """Publish a regressor in `folder`, which is of a class in the module `name`; return the folder of versions.

    It is fitted on 40 rows of two numbers below a half each, of which the first is the target.
    """
    module = folder / f"{name}.py"
    module.write_text(code)
    sys.path.insert(0, str(folder))
    sys.modules.pop(name, None)
    try:
        X = np.random.default_rng(0).uniform(0, 0.5, size=(40, 2))
        model = getattr(import_module(name), class_name)(*arguments).fit(X, X[:, 0])
        training.publish(model, X, X[:, 0], artifact_dir=folder / "artifacts", version=class_name.lower(), code=module)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(name, None)
    return folder / "artifacts"
