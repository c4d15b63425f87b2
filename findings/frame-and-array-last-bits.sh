#!/usr/bin/env bash
# Expected: a model answers the same numbers with the same bits, whether they come as a pandas frame or as an array.
# Instead: a frame of several columns becomes an array in column order, and numpy adds up a row's terms in another
#   order than for an array in row order. The last bits of naive Bayes differ, and with them every digest of an
#   answer.
# It means: "replay the golden rows and compare bits" fails between training on frames and serving arrays. Fix one
#   memory order on both sides (`numpy.asfortranarray` here), or compare within a tolerance.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1
cd "$folder"

python - << 'PYTHON'
import sys
import warnings

import numpy
import pandas
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.naive_bayes import GaussianNB

warnings.filterwarnings("ignore", message="X does not have valid feature names")
rows, labels = load_breast_cancer(return_X_y=True)
frame = pandas.DataFrame(rows, columns=[f"feature {index}" for index in range(rows.shape[1])])
model = GaussianNB().fit(frame, labels)

answers = model.predict_proba(frame)
by_rows = model.predict_proba(numpy.ascontiguousarray(rows))
by_columns = model.predict_proba(numpy.asfortranarray(rows))
differs = (answers != by_rows).any(axis=1)
first = int((answers[:, 0] != by_rows[:, 0]).argmax())

print(f"scikit-learn {sklearn.__version__}, pandas {pandas.__version__}, numpy {numpy.__version__}")
print("As a frame the numbers are answered with other bits than as an array in row order, not in column order:")
print(f"    {differs.sum()} of {len(rows)} rows differ, by at most {abs(answers - by_rows).max():.1e}")
print(f"    row {first}: frame {float(answers[first, 0])!r}, array {float(by_rows[first, 0])!r}")
print(f"    against an array in column order: {(answers != by_columns).sum()} differ")
if not differs.any() or abs(answers - by_rows).max() > 1e-9 or (answers != by_columns).any():
    sys.exit("This has changed.")
PYTHON
