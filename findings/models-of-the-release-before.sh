#!/usr/bin/env bash
# Expected: if models cross a minor release of scikit-learn at all, it is old models that a new release reads.
# Instead: gradient boosting pickled by 1.8.0 cannot be read by 1.9.1 (a compiled module calls itself by another
#   name), while what 1.9.1 pickled is read by 1.8.0 and answers alike. Forests and linear models cross in both
#   directions.
# It means: an upgrade is also the end of the artifacts that rollback needs, for some estimators only, so trying it
#   with a linear model proves nothing. Keep the environment beside the artifact, or train again with the upgrade.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
cd "$folder"

cat > program.py << 'PYTHON'
import pickle
import sys
import warnings
from pathlib import Path

import numpy
import sklearn
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier

warnings.simplefilter("ignore")
rows = numpy.random.default_rng(0).normal(size=(200, 3))
for kind in (GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier):
    file = Path(f"{kind.__name__}-of-{sys.argv[2]}")
    if sys.argv[1] == "save":
        model = kind(random_state=0).fit(rows, rows[:, 0] > 0)
        file.write_bytes(pickle.dumps(model))
        numpy.save(f"{file}.npy", model.predict_proba(rows))
        continue
    try:
        answers = pickle.loads(file.read_bytes()).predict_proba(rows)
        outcome = f"answers within {abs(answers - numpy.load(f'{file}.npy')).max():.0e}"
    except ImportError as error:
        outcome = f"{type(error).__name__}: {error}"
    print(f"{file}, read by {sklearn.__version__}: {outcome}")
PYTHON

echo "Boosting does not cross from 1.8.0 to 1.9.1, and does the other way:"
for step in "1.8.0 save 1.8.0" "1.9.1 save 1.9.1" "1.9.1 load 1.8.0" "1.8.0 load 1.9.1"; do
    read -r version what of <<< "$step"
    ${uv:+uv} pip install --quiet "scikit-learn==$version" numpy==2.4.6 scipy==1.17.1
    python program.py "$what" "$of" | tee -a seen
done

if [ "$(grep -c "^[HG].*of-1.8.0.*ModuleNotFoundError: No module named '_loss'" seen)" -ne 2 ] \
    || [ "$(grep -cE 'within (0e\+00|[0-9]e-1[0-9])$' seen)" -ne 4 ]; then
    echo "This has changed." >&2
    exit 1
fi
