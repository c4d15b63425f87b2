#!/usr/bin/env bash
# Expected: a writer with a schema refuses a value that is not of the schema's type, or refuses it nowhere.
# Instead: fastavro writes 1.5 into a field of type `long` as 1, in silence. Make the field optional (`["null",
#   "long"]`) and the same value is an error, because a union has to look at the value to choose a branch.
# It means: whether bad values are noticed depends on the field being optional, and making one required loses the
#   check. Validate first (`fastavro.validate` calls it invalid in both cases).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet fastavro==1.13.1
cd "$folder"

python - << 'PYTHON'
import io
import sys

import fastavro


def round_trip(kind, value):
    schema = fastavro.parse_schema(
        {"type": "record", "name": "Row", "fields": [{"name": "count", "type": kind}]}
    )
    stream = io.BytesIO()
    valid = fastavro.validate({"count": value}, schema, raise_errors=False)
    try:
        fastavro.schemaless_writer(stream, schema, {"count": value})
    except ValueError as error:
        return valid, f"ValueError: {error}"
    stream.seek(0)
    return valid, fastavro.schemaless_reader(stream, schema)["count"]


print(f"fastavro {fastavro.__version__}")
print("1.5 is cut to 1 in a required whole number and refused in an optional one:")
seen = {str(kind): round_trip(kind, 1.5) for kind in ("long", ["null", "long"])}
for kind, (valid, outcome) in seen.items():
    print(f"    {kind}: validate says {valid}, written and read again: {outcome}")
if seen["long"] != (False, 1) or not str(seen["['null', 'long']"][1]).startswith("ValueError"):
    sys.exit("This has changed.")
PYTHON
