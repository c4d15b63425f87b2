#!/usr/bin/env bash
# Expected: pandas is no dependency of scikit-learn, so it is loaded where somebody hands over a frame, or not at all.
# Instead: importing any part of scikit-learn imports the whole of pandas wherever that is installed, by one
#   `import pandas` in sklearn.utils.fixes that is allowed to fail. Models of arrays never touch it.
# It means: a service whose image has pandas for one model pays for it with every model, in the start and the memory of
#   each process. Whoever looks at `sys.modules` to find out whether a model needs pandas is always told yes. With
#   pandas out of reach during that import, the same model answers the same, and frames are still understood later.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet scikit-learn==1.9.1 pandas==3.1.1
cd "$folder"

cat > fit.py << 'PYTHON'
import sys

if "--without" in sys.argv:
    sys.modules["pandas"] = None
    import sklearn.utils.fixes

    del sys.modules["pandas"]
import sklearn
from sklearn.linear_model import LogisticRegression

n_modules = sum(name.partition(".")[0] == "pandas" for name in sys.modules)
X = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.5], [3.0, 0.5]]
model = LogisticRegression().fit(X, [0, 0, 1, 1])
answers = model.predict_proba(X)[:, 1].round(9).tolist()
import pandas

frame = pandas.DataFrame(X, columns=["a", "b"])
names = LogisticRegression().fit(frame, [0, 0, 1, 1]).feature_names_in_.tolist()
print(sklearn.__version__, pandas.__version__, n_modules, answers, names, sep="|")
PYTHON

python - << 'PYTHON'
import subprocess
import sys


def run(*options):
    printed = subprocess.run([sys.executable, "fit.py", *options], capture_output=True, text=True, check=True).stdout
    return printed.strip().split("|")


plain, without = run(), run("--without")
print(f"scikit-learn {plain[0]}, pandas {plain[1]}")
print("A linear model of lists, with pandas installed:")
print(f"    modules of pandas after importing scikit-learn: {plain[2]}; with pandas out of reach meanwhile: {without[2]}")
print(f"    the answers are {'the same' if plain[3] == without[3] else 'others'}: {plain[3]}")
print(f"    a frame is understood afterwards in both: {plain[4]}, {without[4]}")
if int(plain[2]) < 100 or int(without[2]) > 0 or plain[3:] != without[3:]:
    sys.exit("This has changed.")
PYTHON
