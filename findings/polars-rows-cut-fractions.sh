#!/usr/bin/env bash
# Expected: a polars frame made from records either holds their numbers or raises, as it does when the same numbers
#   come as a column.
# Instead: the type of a column is inferred from the first 100 records. Where these are whole numbers, a fraction
#   further down is cut to a whole number in silence. As a column, and in JSON lines, the same values are an error.
# It means: a list of predictions or prices that begins with whole numbers is damaged depending on its order and
#   length, and small tests pass. Give `schema`, or `infer_schema_length=None`.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet polars==2.1.0
cd "$folder"

python - << 'PYTHON'
import sys

import polars


def last(whole, **options):
    return polars.DataFrame([{"price": 1}] * whole + [{"price": 2.75}], **options)["price"][-1]


short, long, looked = last(99), last(100), last(100, infer_schema_length=None)
try:
    column = polars.DataFrame({"price": [1] * 100 + [2.75]})["price"][-1]
except TypeError as error:
    column = str(error).splitlines()[0]

print(f"polars {polars.__version__}")
print("2.75 after 100 records with whole numbers is read as 2, without a word:")
print(f"    after 99 records: {short}; after 100: {long}; with infer_schema_length=None: {looked}")
print(f"    the same numbers as a column: {column}")
if (short, long, looked) != (2.75, 2, 2.75) or not isinstance(column, str):
    sys.exit("This has changed.")
PYTHON
