#!/usr/bin/env bash
# Expected: a record is encoded the same alone and beside another one.
# Instead: with pandas 3 a frame of records has a text column of type `str` with nan for what is missing, but a column
#   in which nothing is known stays of type object and keeps None. An encoder that learned nan as a category finds it
#   in the batch and takes the lone None for an unknown category: a row of zeros.
# It means: online answers (one record) differ from batch answers of the same model, and tests with two records do not
#   notice. Give the frame the dtypes of the training frame by hand.
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

import pandas
import sklearn
from sklearn.preprocessing import OneHotEncoder

training = pandas.DataFrame([{"colour": "blue"}, {"colour": "red"}, {"colour": None}])
encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(training)
alone = pandas.DataFrame([{"colour": None}])
beside = pandas.DataFrame([{"colour": None}, {"colour": "red"}])
typed = alone.astype(training.dtypes)

print(f"scikit-learn {sklearn.__version__}, pandas {pandas.__version__}")
print(f"The categories are {encoder.categories_[0].tolist()}, and a missing colour is encoded in three ways as:")
codes = []
for name, frame in (("alone", alone), ("beside another record", beside), ("alone, typed as in training", typed)):
    codes.append(encoder.transform(frame)[0].tolist())
    print(f"    {name} ({frame['colour'].dtype}): {codes[-1]}")
if codes != [[0, 0, 0], [0, 0, 1], [0, 0, 1]]:
    sys.exit("This has changed.")
PYTHON
