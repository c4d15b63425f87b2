#!/usr/bin/env bash
# Expected: the booster inside a fitted classifier answers what the classifier answers.
# Instead: after early stopping XGBoost's classifier uses the trees up to the best round, and its booster all of them,
#   the ones that made it worse included. LightGBM drops those, so both answer alike.
# It means: serving the booster (for its speed, or out of a model file) is serving another model than the one whose
#   metrics were reported. Slice it first (`booster[: best_iteration + 1]`), and compare both on the golden rows.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet xgboost-cpu==3.2.0 lightgbm==4.7.0 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import sys

import lightgbm
import numpy
import xgboost

random = numpy.random.default_rng(0)
rows = random.normal(size=(600, 5))
labels = (rows[:, 0] + random.normal(size=600) > 0).astype(int)
fit, held_out = slice(0, 300), slice(300, 600)

boosted = xgboost.XGBClassifier(n_estimators=200, early_stopping_rounds=10, n_jobs=1)
boosted.fit(rows[fit], labels[fit], eval_set=[(rows[held_out], labels[held_out])], verbose=False)
whole = boosted.get_booster()
sliced = whole[: boosted.best_iteration + 1]
light = lightgbm.LGBMClassifier(n_estimators=200, n_jobs=1, verbose=-1)
stopping = lightgbm.early_stopping(10, verbose=False)
light.fit(rows[fit], labels[fit], eval_X=rows[held_out], eval_y=labels[held_out], callbacks=[stopping])

answers, matrix = boosted.predict_proba(rows)[:, 1], xgboost.DMatrix(rows)
apart = {
    f"xgboost, {whole.num_boosted_rounds()} rounds, best {boosted.best_iteration + 1}": whole.predict(matrix) - answers,
    "xgboost, sliced": sliced.predict(matrix) - answers,
    f"lightgbm, best {light.best_iteration_}": light.booster_.predict(rows) - light.predict_proba(rows)[:, 1],
}
print(f"xgboost {xgboost.__version__}, lightgbm {lightgbm.__version__}")
print("The most that a probability of the booster is away from that of its classifier:")
most = [float(abs(difference).max()) for difference in apart.values()]
for name, difference in zip(apart, most):
    print(f"    {name}: {difference:.3f}")
if most[0] < 0.05 or most[1] > 1e-6 or most[2] != 0:
    sys.exit("This has changed.")
PYTHON
