#!/usr/bin/env bash
# Expected: `"multipleOf": 0.01` accepts a price of 19.99, and validators agree on so plain a rule.
# Instead: jsonschema divides the two floats, 19.99 / 0.01 is 1998.9999999999998, and the price is invalid.
#   fastjsonschema and jsonschema-rs take it. Prices such as 19.98 pass everywhere, so a test with one example does
#   not show it.
# It means: a published document with fractions in multipleOf is another contract in each client. Publish a pattern of
#   a text, or count in cents.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet jsonschema==4.26.0 fastjsonschema==2.22.3 jsonschema-rs==0.61.0
cd "$folder"

python - << 'PYTHON'
import sys
from importlib.metadata import version

import fastjsonschema
import jsonschema
import jsonschema_rs

SCHEMA = {"type": "number", "multipleOf": 0.01}
prices = [cents / 100 for cents in range(1, 10_001)]
check = fastjsonschema.compile(SCHEMA)


def passes_fastjsonschema(price):
    try:
        check(price)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


validators = {
    "jsonschema": jsonschema.Draft202012Validator(SCHEMA).is_valid,
    "fastjsonschema": passes_fastjsonschema,
    "jsonschema-rs": jsonschema_rs.validator_for(SCHEMA).is_valid,
}
print(", ".join(f"{name} {version(name)}" for name in validators))
print("Of the 10,000 prices from 0.01 to 100.00, a multiple of 0.01 are:")
refused = {name: sum(not is_valid(price) for price in prices) for name, is_valid in validators.items()}
for name, count in refused.items():
    print(f"    {name}: {len(prices) - count}; 19.98 {validators[name](19.98)}, 19.99 {validators[name](19.99)}")
if refused["jsonschema"] < 100 or refused["fastjsonschema"] or refused["jsonschema-rs"]:
    sys.exit("This has changed.")
PYTHON
