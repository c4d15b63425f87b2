#!/usr/bin/env bash
# Expected: a pickled transformer that a newer release cannot use fails when it is read.
# Instead: a SimpleImputer of scikit-learn 1.7.2 is read by 1.9.1 with a warning about versions, the same that every
#   harmless difference gives, and each call of `transform` is an AttributeError.
# It means: a readiness check that loads the model says yes, and every request is a 500. Only an answer to a known row
#   proves a load, so replay one before the new version takes traffic.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
cd "$folder"

${uv:+uv} pip install --quiet scikit-learn==1.7.2 numpy==2.4.6 scipy==1.17.1
python - << 'PYTHON'
import pickle

import numpy
import sklearn
from sklearn.impute import SimpleImputer

rows = numpy.array([[1.0, numpy.nan], [3.0, 4.0]])
with open("imputer", "wb") as file:
    pickle.dump(SimpleImputer().fit(rows), file)
print(f"scikit-learn {sklearn.__version__}: saved")
PYTHON

${uv:+uv} pip install --quiet scikit-learn==1.9.1
python - << 'PYTHON'
import pickle
import sys
import warnings

import numpy
import sklearn

with open("imputer", "rb") as file, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    imputer = pickle.load(file)
kinds = [warning.category.__name__ for warning in caught]
try:
    outcome = str(imputer.transform(numpy.array([[1.0, numpy.nan]])))
except AttributeError as error:
    outcome = f"AttributeError: {error}"
print(f"scikit-learn {sklearn.__version__}: read with {kinds}, and then fails when it is used:")
print(f"    {outcome}")
if kinds != ["InconsistentVersionWarning"] or not outcome.startswith("AttributeError"):
    sys.exit("This has changed.")
PYTHON
