#!/usr/bin/env bash
# Expected: ColumnTransformer with `slice(0, 30)` and with the list of the same 30 positions are the same step.
# Instead: a list makes numpy copy the columns one by one, and the matrix that goes on is in column order even where
#   an array in row order came in; a slice keeps the order that came. A ridge behind it adds up a row's terms in
#   another order, and last bits of the same numbers differ.
# It means: fixing the memory order of the input does not fix it for the model inside a pipeline, and tidying up a list
#   changes the digests of answers. A copy in one order right before the model (a FunctionTransformer of
#   `numpy.ascontiguousarray`) makes it the same.
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
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

rows, labels = load_breast_cancer(return_X_y=True)
rows = StandardScaler().fit_transform(rows)
model = Ridge().fit(rows, labels)
ordered = make_pipeline(FunctionTransformer(numpy.ascontiguousarray).fit(rows), model)
chosen = {}
for name, columns in (("slice", slice(0, 30)), ("list", list(range(30)))):
    chosen[name] = ColumnTransformer([("all", "passthrough", columns)]).fit_transform(rows)
by_slice, by_list = model.predict(chosen["slice"]), model.predict(chosen["list"])
differs = by_slice != by_list

print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
print("The same columns by a slice and by a list are the same numbers and other last bits of an answer:")
for name, matrix in chosen.items():
    print(f"    {name}: in row order {matrix.flags.c_contiguous}, in column order {matrix.flags.f_contiguous}")
print(f"    numbers that differ: {(chosen['slice'] != chosen['list']).sum()}")
print(f"    answers that differ: {differs.sum()} of {len(rows)}, by at most {abs(by_slice - by_list).max():.1e}")
after = (ordered.predict(chosen["slice"]) != ordered.predict(chosen["list"])).sum()
print(f"    answers that differ after a copy in row order: {after}")
orders = [matrix.flags.c_contiguous for matrix in chosen.values()]
if orders != [True, False] or (chosen["slice"] != chosen["list"]).any() or not differs.any() or after:
    sys.exit("This has changed.")
PYTHON
