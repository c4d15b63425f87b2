#!/usr/bin/env bash
# Expected: scikit-learn's tags say what an estimator takes, and an estimator around another one has that one's tags.
# Instead: MLPRegressor, BaggingRegressor and GridSearchCV fit several targets and their tags say that they do not. A
#   Pipeline, GridSearchCV or OneVsRestClassifier around histogram boosting takes gaps and its tags say no, as do those
#   of a Pipeline that begins with an imputer, while a BaggingRegressor around it says yes.
# It means: whoever reads from the tags how many values an answer has, or whether a missing value is allowed, refuses
#   what the model takes, and otherwise for a search than for its best estimator. Go by the training data and by a
#   prediction.
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
from sklearn.ensemble import BaggingRegressor, HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

random = numpy.random.default_rng(0)
rows = random.normal(size=(60, 3))
targets = rows @ random.normal(size=(3, 2))
gaps = numpy.where(random.random(rows.shape) < 0.1, numpy.nan, rows)
labels = (targets[:, 0] > 0).astype(int)
booster = HistGradientBoostingRegressor(max_iter=5)
several = [
    Ridge(),
    MLPRegressor(solver="lbfgs", max_iter=5000, random_state=0),
    BaggingRegressor(random_state=0),
    GridSearchCV(Ridge(), {"alpha": [1, 2]}),
]
missing = {
    "histogram boosting": booster,
    "Pipeline of it": make_pipeline(booster),
    "Pipeline that begins with an imputer": make_pipeline(SimpleImputer(), Ridge()),
    "BaggingRegressor of it": BaggingRegressor(booster, random_state=0),
    "GridSearchCV of it": GridSearchCV(booster, {"max_depth": [2, 3]}),
    "OneVsRestClassifier of it": OneVsRestClassifier(HistGradientBoostingClassifier(max_iter=5)),
}

print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
print("All of these are fitted and answer, whatever their tags say:")
says = []
for model in several:
    says.append(get_tags(model).target_tags.multi_output)
    shape = model.fit(rows, targets).predict(rows[:1]).shape
    print(f"    two targets, {type(model).__name__}: multi_output={says[-1]}, an answer has the shape {shape}")
for name, model in missing.items():
    says.append(get_tags(model).input_tags.allow_nan)
    answer = model.fit(gaps, labels).predict([[numpy.nan] * 3])
    print(f"    gaps, {name}: allow_nan={says[-1]}, a row of gaps is answered {answer.round(2)}")
if says != [True, False, False, False, True, False, False, True, False, False]:
    sys.exit("This has changed.")
PYTHON
