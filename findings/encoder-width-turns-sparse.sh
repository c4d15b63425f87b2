#!/usr/bin/env bash
# Expected: whether a ColumnTransformer hands on a dense or a sparse matrix depends on its steps, not on the data.
# Instead: with an encoder of default settings inside, it looks at the share of non-zero values of the training rows
#   and hands on a sparse matrix below 0.3. One column with more categories is enough, and HistGradientBoosting
#   refuses it.
# It means: a pipeline that was retrained every night for a year fails on the day the category column has grown,
#   though no line was changed. Say `sparse_output=False` or `sparse_threshold=0`, and train the test with many
#   categories.
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

import numpy
import pandas
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def train(shops):
    random = numpy.random.default_rng(0)
    frame = pandas.DataFrame({"amount": random.normal(size=400), "age": random.normal(size=400)})
    frame["shop"] = [f"shop {index % shops}" for index in range(len(frame))]
    columns = ColumnTransformer([("shop", OneHotEncoder(), ["shop"])], remainder="passthrough")
    try:
        make_pipeline(columns, HistGradientBoostingClassifier(max_iter=3)).fit(frame, frame["amount"] > 0)
    except TypeError as error:
        return f"TypeError: {error}"
    return "fitted"


outcomes = {shops: train(shops) for shops in (3, 5, 10, 20)}
print(f"scikit-learn {sklearn.__version__}, pandas {pandas.__version__}, numpy {numpy.__version__}")
print("The same pipeline fits a column of few categories and fails at fit with many:")
for shops, outcome in outcomes.items():
    print(f"    {shops:2} categories: {outcome}")
if outcomes[3] != "fitted" or "Sparse data was passed" not in outcomes[20]:
    sys.exit("This has changed.")
PYTHON
