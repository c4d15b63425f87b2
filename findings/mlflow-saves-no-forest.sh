#!/usr/bin/env bash
# Expected: `mlflow.sklearn.save_model` saves any estimator of scikit-learn, as it did for years, and trusts
#   scikit-learn.
# Instead: it writes skops now, which trusts a list of types, and the tree inside a forest is not on it. A linear
#   model is saved, a forest is refused after it has been trained.
# It means: an upgrade of MLflow ends a training job at its last line, and a test with a small linear model passes.
#   Name the trusted types, and save one model of each kind in the tests.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet mlflow-skinny==3.17.2 skops==0.16.0 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import sys
import tempfile
from importlib.metadata import version

import mlflow.sklearn
import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

rows = numpy.random.default_rng(0).normal(size=(100, 3))
labels = rows[:, 0] > 0


def save(model, **options):
    folder = tempfile.mkdtemp(dir=".")
    try:
        mlflow.sklearn.save_model(model.fit(rows, labels), f"{folder}/model", **options)
    except mlflow.MlflowException as error:
        return str(error).partition("Root error: ")[2].splitlines()[0]
    return "saved"


print(", ".join(f"{name} {version(name)}" for name in ("mlflow-skinny", "skops", "scikit-learn")))
print("With the same call a linear model is saved and a forest is refused:")
forest = RandomForestClassifier(3, random_state=0)
seen = {
    "logistic regression": save(LogisticRegression()),
    "forest": save(forest),
    "forest, its tree trusted": save(forest, skops_trusted_types=["sklearn.tree._tree.Tree"]),
}
for name, outcome in seen.items():
    print(f"    {name}: {outcome}")
if list(seen.values())[::2] != ["saved", "saved"] or "sklearn.tree._tree.Tree" not in seen["forest"]:
    sys.exit("This has changed.")
PYTHON
