#!/usr/bin/env bash
# Expected: a matrix is answered the same, stored dense or sparse; that is what a storage format is.
# Instead: XGBoost takes what a sparse matrix does not store for missing, and a zero of a dense one for a zero.
#   LightGBM, which is often swapped for it, takes both for a zero.
# It means: one row parsed into an array is answered otherwise than the same row out of an encoder that returns sparse
#   matrices. Train and serve in one format, and replay rows with zeros.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet xgboost-cpu==3.2.0 lightgbm==4.7.0 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cd "$folder"

python - << 'PYTHON'
import sys

import lightgbm
import numpy
import scipy.sparse
import xgboost

random = numpy.random.default_rng(0)
rows = random.integers(-1, 2, size=(400, 4)).astype(float)
labels = ((rows[:, 0] == 0) ^ (random.random(400) < 0.1)).astype(int)
models = {
    "xgboost": xgboost.XGBClassifier(n_estimators=5, n_jobs=1),
    "lightgbm": lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1),
}
print(f"xgboost {xgboost.__version__}, lightgbm {lightgbm.__version__}, scipy {scipy.__version__}")
print("Fitted on a dense matrix, asked with the same numbers as a sparse one:")
differs = {}
for name, model in models.items():
    model.fit(rows, labels)
    differs[name] = int((model.predict(rows) != model.predict(scipy.sparse.csr_matrix(rows))).sum())
    print(f"    {name}: {differs[name]} of {len(rows)} labels differ")
if differs["xgboost"] < 40 or differs["lightgbm"] != 0:
    sys.exit("This has changed.")
PYTHON
