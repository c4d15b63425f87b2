#!/usr/bin/env bash
# Expected: DuckDB answers one query the same, whether the column of floats comes from pandas or from polars.
# Instead: a NaN of a pandas frame is read as NULL, a NaN of a polars frame as a number. So count, mean and maximum
#   differ: aggregates pass over a NULL, while a NaN makes the mean NaN and, as the largest of all floats in SQL, is
#   the maximum.
# It means: a report of drift or of missing values moved from pandas to polars changes its figures without an error.
#   `fill_nan(None)` on the polars side makes them agree.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet duckdb==2.0.1 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import sys

import duckdb
import pandas
import polars

numbers = [1.0, 3.0, float("nan")]
frames = {
    "pandas": pandas.DataFrame({"amount": numbers}),
    "polars": polars.DataFrame({"amount": numbers}),
    "polars, fill_nan(None)": polars.DataFrame({"amount": numbers}).fill_nan(None),
}
print(f"DuckDB {duckdb.__version__}, pandas {pandas.__version__}, polars {polars.__version__}")
print("count, avg, min and max of the column 1, 3, NaN by where it comes from:")
answers = []
for name, frame in frames.items():
    connection = duckdb.connect()
    connection.register("frame", frame)
    query = "SELECT count(amount), avg(amount), min(amount), max(amount) FROM frame"
    answers.append(str(connection.sql(query).fetchall()[0]))
    print(f"    {name}: {answers[-1]}")
if answers != ["(2, 2.0, 1.0, 3.0)", "(3, nan, 1.0, nan)", "(2, 2.0, 1.0, 3.0)"]:
    sys.exit("This has changed.")
PYTHON
