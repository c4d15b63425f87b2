#!/usr/bin/env bash
# Expected: a field called Float takes JSON numbers, and a validator that answers False makes a value invalid.
# Instead: Float takes the text "1_000", Integer cuts 1.5 to 1, Boolean takes "on", all of which the document that
#   apispec makes of them refuses; and since marshmallow 4 what a validator returns is not looked at: it has to raise.
# It means: callers send what the document forbids and come to rely on it, and a check that was carried over from
#   marshmallow 3 as a lambda checks nothing. Use fields of your own for numbers, and test each validator with a bad
#   value.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet marshmallow==4.4.0 apispec==6.10.1 jsonschema==4.26.0
cd "$folder"

python - << 'PYTHON'
import sys
from importlib.metadata import version

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from jsonschema import Draft202012Validator
from marshmallow import Schema, fields


class Row(Schema):
    amount = fields.Float()
    count = fields.Integer()
    open = fields.Boolean()
    positive = fields.Float(validate=lambda number: number > 0)


document = APISpec("rows", "1", "3.1.0", plugins=[MarshmallowPlugin()])
document.components.schema("Row", schema=Row)
published = Draft202012Validator(document.to_dict()["components"]["schemas"]["Row"])

print(f"marshmallow {version('marshmallow')}, apispec {version('apispec')}, jsonschema {version('jsonschema')}")
print("What marshmallow makes of values that its fields' names rule out:")
seen = []
for row in ({"amount": "1_000"}, {"count": 1.5}, {"open": "on"}, {"positive": -1.0}):
    seen.append((Row().load(row), published.is_valid(row)))
    print(f"    {row}: loaded as {seen[-1][0]}; valid by the published document: {seen[-1][1]}")
expected = [({"amount": 1000.0}, False), ({"count": 1}, False), ({"open": True}, False), ({"positive": -1.0}, True)]
if seen != expected:
    sys.exit("This has changed.")
PYTHON
