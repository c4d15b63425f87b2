#!/usr/bin/env bash
# Expected: a fitted pipeline answers a polars frame as it answers the pandas frame with the same rows, since
#   scikit-learn takes both.
# Instead: a missing text arrives as nan from pandas and as None from polars. SimpleImputer looks for nan alone,
#   leaves the None where it is, and the encoder behind it ignores it as an unknown category. No error, another
#   probability.
# It means: whoever moves the serving side to polars changes the answers of rows with gaps only. Turn nulls into the
#   training data's own missing mark before the pipeline, and replay golden rows that have gaps.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1
cd "$folder"

python - << 'PYTHON'
import sys

import pandas
import polars
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

frame = pandas.DataFrame({"colour": ["red", "blue", None] * 20})
labels = [0, 1, 1] * 20
model = make_pipeline(
    SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"), LogisticRegression()
).fit(frame, labels)

from_pandas = model.predict_proba(frame[:3])[:, 1].round(3).tolist()
from_polars = model.predict_proba(polars.from_pandas(frame)[:3])[:, 1].round(3).tolist()
print(f"scikit-learn {sklearn.__version__}, pandas {pandas.__version__}, polars {polars.__version__}")
print("The missing text is filled in when it comes from pandas and left as it is when it comes from polars:")
for colour, one, other in zip(frame["colour"], from_pandas, from_polars):
    print(f"    {colour!s:5} pandas {one}, polars {other}")
if from_pandas[:2] != from_polars[:2] or abs(from_pandas[2] - from_polars[2]) < 0.05:
    sys.exit("This has changed.")
PYTHON
