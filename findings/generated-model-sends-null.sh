#!/usr/bin/env bash
# Expected: a model that was generated from a JSON schema writes documents that the schema accepts.
# Instead: what is optional in the schema becomes `str | None = None` in the model of datamodel-code-generator.
#   Pydantic writes such a member as null when it was not given, and the schema, which says "a text or nothing",
#   refuses null.
# It means: the first client that is generated from a strict document sends null for all that it does not know. Dump
#   with `exclude_unset=True`, or allow null in the document for clients that you do not write.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet datamodel-code-generator==0.89.0 pydantic==2.14.4 jsonschema==4.26.0
cd "$folder"

python - << 'PYTHON'
import importlib
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import jsonschema

SCHEMA = {
    "title": "Row",
    "type": "object",
    "required": ["amount"],
    "additionalProperties": False,
    "properties": {"amount": {"type": "number"}, "comment": {"type": "string"}},
}
Path("schema.json").write_text(json.dumps(SCHEMA))
command = "datamodel-codegen --input schema.json --input-file-type jsonschema --output generated.py"
command += " --output-model-type pydantic_v2.BaseModel"
subprocess.run(command.split(), check=True, stderr=subprocess.DEVNULL)
sys.path.insert(0, ".")
row = importlib.import_module("generated").Row(amount=1)
validator = jsonschema.Draft202012Validator(SCHEMA)

print(", ".join(f"{name} {version(name)}" for name in ("datamodel-code-generator", "pydantic", "jsonschema")))
print("A row with an amount alone, written by the generated model and held against its own schema:")
seen = []
for options in ({}, {"exclude_unset": True}):
    text = row.model_dump_json(**options)
    errors = [error.message for error in validator.iter_errors(json.loads(text))]
    seen.append(errors)
    print(f"    written with {options or 'no options'}: {text} {errors or 'valid'}")
if seen != [["None is not of type 'string'"], []]:
    sys.exit("This has changed.")
PYTHON
