#!/usr/bin/env bash
# Expected: the same moment cast to an integer gives the same number, in nanoseconds as pandas did for a decade.
# Instead: since pandas 3 a time column has the unit of where it came from. Text gives microseconds, an array of numpy
#   its own unit, and adding nothing (`Timedelta(0)`) turns microseconds into nanoseconds. Not even that is settled: a
#   number said to be in seconds gave seconds in 3.0.0 and gives microseconds in 3.1.1.
# It means: a feature made by `astype("int64")` is a thousand or a thousand million times off when serving builds the
#   column otherwise than training did, and a model of trees answers without complaint. Fix the unit first
#   (`dt.as_unit("ns")`).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet pandas==3.1.1 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import sys

import numpy
import pandas

MOMENT = "2026-01-01T00:00:00"
columns = {
    "from a text": pandas.Series(pandas.to_datetime([MOMENT])),
    "from a text, plus Timedelta(0)": pandas.Series(pandas.to_datetime([MOMENT])) + pandas.Timedelta(0),
    "from seconds since 1970": pandas.Series(pandas.to_datetime([1767225600], unit="s")),
    "from an array of numpy": pandas.Series(numpy.array([MOMENT], dtype="datetime64[s]")),
    "from text with nanoseconds": pandas.Series(pandas.to_datetime([MOMENT + ".000000000"])),
}
numbers = {name: int(column.astype("int64")[0]) for name, column in columns.items()}
fixed = {int(column.dt.as_unit("ns").astype("int64")[0]) for column in columns.values()}

print(f"pandas {pandas.__version__}")
print(f"{MOMENT} as an integer, by how the column was made:")
for name, column in columns.items():
    print(f"    {name}: {numbers[name]} ({column.dtype})")
print(f"    all of them with the unit fixed first: {fixed}")
units = [column.dt.unit for column in columns.values()]
if len({column[0] for column in columns.values()}) != 1 or units != ["us", "ns", "us", "s", "ns"] or len(fixed) != 1:
    sys.exit("This has changed.")
PYTHON
