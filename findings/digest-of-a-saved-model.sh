#!/usr/bin/env bash
# Expected: a model that is read and saved again unchanged has the same bytes, or else other bytes because something
#   in it has changed.
# Instead: pickle writes an object once and refers to it later, by identity. Reading makes separate objects of what
#   was one, so the second save of the same forest is longer and has another digest, while all answers are bit-equal.
# It means: a digest of the file names a file, not a model. Copy artifacts as bytes, never through load and dump, and
#   do not look for "has the model changed" in a digest.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 joblib==1.6.0
cd "$folder"

python - << 'PYTHON'
import hashlib
import io
import sys

import joblib
import numpy
import sklearn
from sklearn.ensemble import RandomForestClassifier


def save(model):
    stream = io.BytesIO()
    joblib.dump(model, stream)
    return stream.getvalue()


rows = numpy.random.default_rng(0).normal(size=(100, 3))
model = RandomForestClassifier(3, random_state=0).fit(rows, rows[:, 0] > 0)
once, again = save(model), save(model)
copy = joblib.load(io.BytesIO(once))
through_load = save(copy)
alike = bool((copy.predict_proba(rows) == model.predict_proba(rows)).all())

print(f"scikit-learn {sklearn.__version__}, joblib {joblib.__version__}, numpy {numpy.__version__}")
print("Saved twice the model has the same bytes; read and saved again it has others, and the same answers:")
for name, content in (("saved", once), ("saved again", again), ("read and saved", through_load)):
    print(f"    {name}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()[:12]}")
print(f"    all answers bit-equal: {alike}")
if once != again or once == through_load or not alike:
    sys.exit("This has changed.")
PYTHON
