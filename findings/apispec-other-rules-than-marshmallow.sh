#!/usr/bin/env bash
# Expected: what apispec publishes of a marshmallow field is the field's rule, or at least no stricter than it.
# Instead: an exclusive bound is published as inclusive, validators joined by `And` are not published, the flags of a
#   regular expression are lost, and `ContainsOnly` of a list becomes an `enum` of the list itself, which no list can
#   satisfy.
# It means: a generated client refuses what the service takes, or sends what it refuses. Hold the published document
#   against the schema with examples of either kind; write the fields that differ by hand.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet apispec==6.10.1 marshmallow==4.4.0 jsonschema==4.26.0
cd "$folder"

python - << 'PYTHON'
import re
import sys
from importlib.metadata import version

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from jsonschema import Draft202012Validator
from marshmallow import Schema, fields, validate


class Row(Schema):
    above = fields.Float(validate=validate.Range(min=0, min_inclusive=False))
    joined = fields.Float(validate=validate.And(validate.Range(min=1), validate.Range(max=2)))
    colour = fields.String(validate=validate.Regexp("^[a-z]+$", re.IGNORECASE))
    sizes = fields.List(fields.String(), validate=validate.ContainsOnly(["s", "m", "l"]))


document = APISpec("rows", "1", "3.1.0", plugins=[MarshmallowPlugin()])
document.components.schema("Row", schema=Row)
published = document.to_dict()["components"]["schemas"]["Row"]
examples = {"above": 0, "joined": 7, "colour": "Red", "sizes": ["s", "m"]}

print(f"apispec {version('apispec')}, marshmallow {version('marshmallow')}, jsonschema {version('jsonschema')}")
print("The published schema and the fields that it was made from judge the same values otherwise:")
seen = []
for name, value in examples.items():
    taken = (not Row().validate({name: value}), Draft202012Validator(published).is_valid({name: value}))
    seen.append(taken)
    rule = published["properties"][name]
    print(f"    {name}={value!r}: marshmallow takes it {taken[0]}, the document {taken[1]}: {rule}")
if seen != [(False, True), (False, True), (True, False), (True, False)]:
    sys.exit("This has changed.")
PYTHON
