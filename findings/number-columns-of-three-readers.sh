#!/usr/bin/env bash
# Expected: readers of CSV differ in speed; of a column with one odd cell they make the same numbers, or all make
#   texts.
# Instead: pandas, pyarrow and polars agree neither on what is missing (NA, None, nan) nor on what is a number (0x10,
#   +1, a blank before a digit), and so on whether the column consists of numbers at all.
# It means: changing the reader of a training table changes types and rows without an error. State the marks for a
#   missing value and the type of each column; parse what callers send by your own contract.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import io
import sys

import pandas
import polars
import pyarrow
import pyarrow.csv

READERS = {
    "pandas": lambda text: pandas.read_csv(io.StringIO(text))["x"].tolist()[1],
    "pyarrow": lambda text: pyarrow.csv.read_csv(io.BytesIO(text.encode()))["x"].to_pylist()[1],
    "polars": lambda text: polars.read_csv(text.encode())["x"].to_list()[1],
}
EXPECTED = {
    "NA": "[nan, None, 'NA']",
    "None": "[nan, 'None', 'None']",
    "NaN": "[nan, None, nan]",
    "nan": "[nan, None, 'nan']",
    "0x10": "['0x10', 16, '0x10']",
    "+1": "[1, 1.0, '+1']",
    " 3": "[3, 3, ' 3']",
    "1e3": "[1000.0, 1000.0, 1000.0]",
}
print(f"pandas {pandas.__version__}, pyarrow {pyarrow.__version__}, polars {polars.__version__}")
print(f"What {', '.join(READERS)} make of a cell below a cell with 1:")
seen = {cell: str([read(f"x\n1\n{cell}\n") for read in READERS.values()]) for cell in EXPECTED}
for cell, readings in seen.items():
    print(f"    {cell!r}: {readings}")
if seen != EXPECTED:
    sys.exit("This has changed.")
PYTHON
