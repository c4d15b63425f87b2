#!/usr/bin/env bash
# Expected: a scikit-learn model of numbers, pickled, needs scikit-learn and numpy where it is read, and pandas if it
#   holds something of pandas.
# Instead: where pyarrow happens to be installed, pandas 3 keeps every text in it, the names of the columns as well. A
#   ColumnTransformer that was given `frame.columns`, or the means of a frame of numbers, then holds those names and
#   cannot be read where pyarrow is missing. The same lines run without pyarrow, and with `list(frame.columns)`, make
#   files that can be read.
# It means: a package that neither side asks for, drawn in by a notebook or a reader of Parquet, decides whether the
#   model loads. Give estimators lists and dicts rather than an Index or a Series, and load each model in an
#   environment like the one that serves it before it is let out.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1
${uv:+uv} pip install --quiet --no-deps --target "$folder/arrow" pyarrow==26.0.1
cd "$folder"

cat > write.py << 'PYTHON'
import pickle
import sys
from pathlib import Path

import pandas
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import FunctionTransformer, StandardScaler

frame = pandas.DataFrame({"width": [1.0, 2.0, 4.0], "height": [3.0, 1.0, 2.0]})
models = {
    "ColumnTransformer of frame.columns": make_column_transformer((StandardScaler(), frame.columns)),
    "ColumnTransformer of list(frame.columns)": make_column_transformer((StandardScaler(), list(frame.columns))),
    "FunctionTransformer with frame.mean()": FunctionTransformer(
        pandas.DataFrame.fillna, kw_args={"value": frame.mean()}
    ),
}
fitted = {name: pickle.dumps(model.fit(frame)) for name, model in models.items()}
Path(sys.argv[1]).write_bytes(pickle.dumps(fitted))
PYTHON
PYTHONPATH="$folder/arrow" python write.py with
python write.py without

python - << 'PYTHON'
import pickle
import sys
from pathlib import Path

import pandas
import sklearn


def outcome(data):
    try:
        pickle.loads(data)
    except ImportError as error:
        return f"{type(error).__name__}: {error}"
    return "read"


print(f"scikit-learn {sklearn.__version__}, pandas {pandas.__version__}, pyarrow 26.0.1 or none")
print("Read without pyarrow, models of numbers that were written with and without it:")
seen = {}
for written in ("with", "without"):
    for name, data in pickle.loads(Path(written).read_bytes()).items():
        seen[written, name] = outcome(data)
        print(f"    written {written}, {name}: {seen[written, name]}")
failed = [key for key, value in seen.items() if "pyarrow" in value]
if failed != [
    ("with", "ColumnTransformer of frame.columns"),
    ("with", "FunctionTransformer with frame.mean()"),
] or list(seen.values()).count("read") != 4:
    sys.exit("This has changed.")
PYTHON
