#!/usr/bin/env bash
# Expected: whether a numpy array is a data frame is settled by one look at its type, at next to no cost.
# Instead: scikit-learn asks narwhals, which looks an array's attributes up by `inspect.getattr_static`, each time through
#   all of its classes: a dozen of them in one transform and one predict_proba, before anything is computed.
# It means: a good part of the price of one row is that of asking, whatever the model; batches hide it. Whoever serves
#   single rows saves it by computing from the fitted numbers.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet scikit-learn==1.9.1 narwhals==2.29.0 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import inspect
import sys

import narwhals._utils
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(0)
X, y = rng.normal(size=(50, 30)), np.arange(50) % 2
scaler = StandardScaler().fit(X)
model = LogisticRegression().fit(scaler.transform(X), y)

n_lookups = 0
look_up = inspect.getattr_static


def count(*arguments):
    global n_lookups
    n_lookups += 1
    return look_up(*arguments)


narwhals._utils.getattr_static = count
counts = {}
for n_rows in (1, 50):
    n_lookups = 0
    model.predict_proba(scaler.transform(X[:n_rows]))
    counts[n_rows] = n_lookups
print(f"scikit-learn {sklearn.__version__}, narwhals {narwhals.__version__}, numpy {np.__version__}")
print("Attributes of arrays that are looked up by inspect.getattr_static, in one transform and one predict_proba:")
for n_rows, n_counted in counts.items():
    print(f"    {n_counted} for {n_rows} row{'' if n_rows == 1 else 's'}")
if counts[1] != counts[50] or counts[1] < 6:
    sys.exit("This has changed.")
PYTHON
