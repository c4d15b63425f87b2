#!/usr/bin/env bash
# Expected: pandas reads a number as the float nearest to it, as Python does, from CSV as from JSON, and a minor
#   release does not change what it reads.
# Instead: `read_json` has a quick parser of its own, and most floats come back changed in the last bits unless
#   `precise_float=True` is given. `read_csv` changed a third of them in 3.0.0 and changes none in 3.1.1.
# It means: rows that are logged and read again for a replay are other rows, and an upgrade alone moves a training
#   table. A tree whose threshold they lie at answers otherwise. Build frames from `json.loads`, and pin pandas on
#   both sides.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
cd "$folder"

cat > program.py << 'PYTHON'
import io
import json
import sys

import numpy
import pandas

numbers = numpy.random.default_rng(0).normal(size=1000)
text = json.dumps({"amount": numbers.tolist()})
csv = "amount\n" + "\n".join(map(repr, numbers.tolist()))
readings = {
    "read_json": pandas.read_json(io.StringIO(text)),
    "read_json, precise_float=True": pandas.read_json(io.StringIO(text), precise_float=True),
    "json.loads": pandas.DataFrame(json.loads(text)),
    "read_csv": pandas.read_csv(io.StringIO(csv)),
}
print(f"pandas {pandas.__version__}, numpy {numpy.__version__}")
changed = {}
for name, frame in readings.items():
    differs = frame["amount"].to_numpy() != numbers
    first = int(differs.argmax())
    example = f"; {numbers[first]} became {frame['amount'][first]}" if differs.any() else ""
    changed[name] = int(differs.sum())
    print(f"    {name}: {changed[name]}{example}")
csv_changes = changed.pop("read_csv")
if (csv_changes > 100) != (sys.argv[1] == "3.0.0") or changed.pop("read_json") < 500 or any(changed.values()):
    sys.exit("This has changed.")
PYTHON

echo "Of 1,000 floats written with all their digits, changed by reading:"
for version in 3.0.0 3.1.1; do
    ${uv:+uv} pip install --quiet "pandas==$version" numpy==2.4.6
    python program.py "$version"
done
