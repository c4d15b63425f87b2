#!/usr/bin/env bash
# Expected: OrdinalEncoder gives a missing text the code of `encoded_missing_value`, whether it is nan or None.
# Instead: nan alone is missing to it. None is a category like any other and gets the next number, two kinds of gap
#   in a column are two categories, and pandas.NA is an error. A pandas 3 frame turns None into nan on the way in; an
#   array, or a frame made with dtype=object, does not.
# It means: the same records are -1 or 2 by the table they come in, and to a model 2 is a value beyond the last
#   category, with no error. Turn every gap into nan first, and look at `categories_` for None after training.
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

import numpy
import pandas
import sklearn
from sklearn.preprocessing import OrdinalEncoder

colours = ["blue", "red", None]
tables = {
    "frame": pandas.DataFrame({"colour": colours}),
    "frame with dtype=object": pandas.DataFrame({"colour": colours}, dtype=object),
    "array": numpy.array(colours, dtype=object).reshape(-1, 1),
    "array with None and nan": numpy.array([*colours, float("nan")], dtype=object).reshape(-1, 1),
    "frame with dtype=string (pandas.NA)": pandas.DataFrame({"colour": colours}, dtype="string"),
}


def codes(table):
    try:
        return OrdinalEncoder(encoded_missing_value=-1).fit_transform(table).ravel().tolist()
    except TypeError as error:
        return f"{type(error).__name__}: {error}"


print(f"scikit-learn {sklearn.__version__}, pandas {pandas.__version__}, numpy {numpy.__version__}")
print("Encoded with encoded_missing_value=-1, blue, red and a gap are:")
seen = []
for name, table in tables.items():
    seen.append(codes(table))
    print(f"    {name}: {seen[-1]}")
if seen[:4] != [[0, 1, -1], [0, 1, 2], [0, 1, 2], [0, 1, 2, -1]] or "NAType" not in seen[4]:
    sys.exit("This has changed.")
PYTHON
