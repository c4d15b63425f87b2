"""A module of one's own, as it may lie beside a training script: written into a folder, with a model pickled by it."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

SCALING = """
from sklearn.base import BaseEstimator, TransformerMixin
from shop import factor

class Scaler(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X * factor.FACTOR
"""
SCRIPT = """
import sys
import joblib, numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from {module} import Scaler

class Local(Scaler):
    pass

if __name__ == "__main__":
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    import skops.io
    dump = skops.io.dump if sys.argv[1].endswith(".skops") else joblib.dump
    dump(make_pipeline({name}(), LogisticRegression()).fit(X, y), sys.argv[1])
"""


def write_package(folder: Path, factor: float = 2.0) -> Path:
    """Write the package `shop` into `folder` and return its path."""
    package = folder / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "scaling.py").write_text(SCALING)
    (package / "factor.py").write_text(f"FACTOR = {factor}\n")
    return package


def pickle_with(folder: Path, name: str = "Scaler", module: str = "shop.scaling", file: str = "model.joblib") -> Path:
    """Return the file, by joblib or skops, of a model whose first step is of the class `name`, fitted by a script."""
    (folder / "fit.py").write_text(SCRIPT.replace("{module}", module).replace("{name}", name))
    code = tuple((path.relative_to(folder), path.read_text()) for path in sorted(folder.rglob("*.py")))
    (folder / file).write_bytes(_fit(code, file))
    return folder / file


@cache
def _fit(code: tuple[tuple[Path, str], ...], file: str) -> bytes:
    """Return what the script among the files of `code` writes; run once in each process of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in code:
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text)
        subprocess.run([sys.executable, "fit.py", file], cwd=folder, check=True, timeout=300)
        return (Path(folder) / file).read_bytes()


def write_sample(path: Path) -> Path:
    """Write the rows that those models were fitted to, with what is right, and return the path."""
    import numpy as np

    X = np.random.default_rng(0).normal(size=(60, 3))
    buffer = io.StringIO("a,b,c,label\n")
    buffer.seek(0, io.SEEK_END)
    for row in X.tolist():
        buffer.write(f"{','.join(map(repr, row))},{int(row[0] + row[1] > 0)}\n")
    path.write_text(buffer.getvalue())
    return path
