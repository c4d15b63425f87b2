#!/usr/bin/env bash
# Expected: a category that training never saw is an error or counts as missing, one or the other.
# Instead: XGBoost looks for it among the sorted categories of training and takes the place where it would stand: "c"
#   is answered as "d", confidently. Only a category behind the last one is an error, which is what a test with "zzz"
#   sees.
# It means: a new shop or a misspelt colour is answered with its neighbour's figures, and nothing is logged. Compare
#   categories with those of training before the library sees them.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet xgboost-cpu==3.2.0 pandas==3.1.1 numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"

python - << 'PYTHON'
import sys

import numpy
import pandas
import xgboost

random = numpy.random.default_rng(0)
training = pandas.DataFrame({"shop": pandas.Categorical(["a", "b", "d", "e"] * 100), "noise": random.normal(size=400)})
labels = training["shop"].isin(["b", "e"]).astype(int)
model = xgboost.XGBClassifier(n_estimators=20, enable_categorical=True, n_jobs=1).fit(training, labels)


def ask(shop):
    frame = pandas.DataFrame({"shop": pandas.Categorical([shop]), "noise": [0.0]})
    try:
        return round(float(model.predict_proba(frame)[0, 1]), 3)
    except xgboost.core.XGBoostError as error:
        return "XGBoostError: " + str(error).splitlines()[0].split(": ", 1)[1]


print(f"xgboost {xgboost.__version__}, pandas {pandas.__version__}")
print("Trained on the shops a, b, d and e; unseen ones are answered like the next seen one:")
seen = {shop: ask(shop) for shop in ("a", "b", "d", "e", "aa", "c", "zzz")}
for shop, answer in seen.items():
    print(f"    {shop}{'' if shop in 'abde' else ' (unseen)'}: {answer}")
refused = "not in the training set" in str(seen["zzz"])
if seen["aa"] != seen["b"] or seen["c"] != seen["d"] or seen["b"] < 0.9 or not refused:
    sys.exit("This has changed.")
PYTHON
