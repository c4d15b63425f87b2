#!/usr/bin/env bash
# Expected: adding a description to a schema adds a description to the document.
# Instead: `Meta.description` also removes `additionalProperties: false` from what apispec publishes, even where
#   `unknown = RAISE` is written beside it, and marshmallow goes on refusing unknown names.
# It means: a change that looks like words alone loosens the published contract, and a client that was generated from
#   it may send names that the service refuses. Give the description where the schema is registered.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet apispec==6.10.1 marshmallow==4.4.0
cd "$folder"

python - << 'PYTHON'
import sys
from importlib.metadata import version

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import RAISE, Schema, fields


class Plain(Schema):
    amount = fields.Float()


class Described(Plain):
    class Meta:
        description = "One row."
        unknown = RAISE


print(f"apispec {version('apispec')}, marshmallow {version('marshmallow')}")
print("What is published of two schemas that both refuse unknown names, and of a description given elsewhere:")
seen = []
for name, schema, component in (
    ("no description", Plain, {}),
    ("described in its Meta", Described, {}),
    ("described where it is registered", Plain, {"description": "One row."}),
):
    document = APISpec("rows", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    document.components.schema("Row", component, schema=schema)
    published = document.to_dict()["components"]["schemas"]["Row"]
    seen.append((published.get("description"), published.get("additionalProperties", "nothing")))
    print(f"    {name}: additionalProperties {seen[-1][1]}; marshmallow: {schema().validate({'unknown': 1})}")
refused = all(schema().validate({"unknown": 1}) for schema in (Plain, Described))
if not refused or seen != [(None, False), ("One row.", "nothing"), ("One row.", False)]:
    sys.exit("This has changed.")
PYTHON
