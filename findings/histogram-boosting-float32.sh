#!/usr/bin/env bash
# Expected: rounding the rows to float32 is harmless for a model of trees: an error of 1e-7 of a value is far below
#   what a split can tell, and the other boosting class of the same library does it by itself.
# Instead: the thresholds of HistGradientBoosting are taken from between training values that may be neighbours, and
#   rows of limited precision lie right at them. Rounded rows fall to the other side, and the answer moves by whole
#   leaves.
# It means: a float32 tensor on the wire (Triton, ONNX, a feature store) is no detail. Carry float64 up to this model.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import sys

import numpy
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

rows, labels = load_breast_cancer(return_X_y=True)
rounded = rows.astype("float32")


def move(estimator):
    model = estimator(random_state=0).fit(rows, labels)
    return abs(model.predict_proba(rows) - model.predict_proba(rounded)).max(axis=1)


histogram, plain = move(HistGradientBoostingClassifier), move(GradientBoostingClassifier)
print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
print("Rows rounded to float32 change histogram boosting's probabilities visibly, and gradient boosting's not at all:")
for name, moves in (("HistGradientBoosting", histogram), ("GradientBoosting", plain)):
    print(f"    {name}: {(moves > 0).sum()} of {len(rows)} rows move, the most by {moves.max():.3f}")
if histogram.max() < 0.01 or plain.max() != 0:
    sys.exit("This has changed.")
PYTHON
