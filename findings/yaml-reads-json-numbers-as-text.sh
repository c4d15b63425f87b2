#!/usr/bin/env bash
# Expected: JSON is YAML, so a YAML reader reads what `json.dumps` wrote with the same values.
# Instead: Python writes small and large floats without a point (1e-05, 1e+22). PyYAML holds to YAML 1.1, whose floats
#   need one, and reads a text. It writes them with a point itself, so its own round trip never shows it; ruamel.yaml,
#   which holds to YAML 1.2, reads numbers.
# It means: a tolerance or a bound in openapi.json or a parameter file becomes a text, by its size alone. Read JSON
#   with a JSON reader; in YAML write 1.0e-05.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet PyYAML==6.0.3 ruamel.yaml==0.19.1
cd "$folder"

python - << 'PYTHON'
import json
import sys
from importlib.metadata import version

import yaml
from ruamel.yaml import YAML

bounds = {"small": 1e-5, "middle": 1.5, "large": 1e22}
text = json.dumps(bounds)
by_pyyaml = yaml.safe_load(text)
by_ruamel = dict(YAML(typ="safe", pure=True).load(text))
own_round_trip = yaml.safe_load(yaml.safe_dump(bounds))

print(f"PyYAML {version('PyYAML')}, ruamel.yaml {version('ruamel.yaml')}")
print("PyYAML reads some of the floats that Python writes as JSON as texts:")
print(f"    written: {text}")
print(f"    PyYAML: {by_pyyaml}")
print(f"    ruamel.yaml: {by_ruamel}")
print(f"    PyYAML, of what it wrote itself: {own_round_trip}")
if by_pyyaml != {"small": "1e-05", "middle": 1.5, "large": "1e+22"} or not by_ruamel == own_round_trip == bounds:
    sys.exit("This has changed.")
PYTHON
