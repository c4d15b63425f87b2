#!/usr/bin/env bash
# Expected: a package that a validator of JSON Schema knows to use for one format is loaded when that format is checked.
# Instead: where rfc3987-syntax is installed, `import jsonschema` compiles 39 grammars with lark, each from its text,
#   although no schema has been seen and formats are not checked unless one asks for it. It is the checker of `iri`
#   that jsonschema takes with its extra `format-nongpl`, and other tools of OpenAPI bring that along.
# It means: each process that imports jsonschema, or what imports it, pays for it, most of its start; the package at
#   fault is one that nobody has named. Import jsonschema where it is used, or keep the package out.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet "jsonschema[format-nongpl]==4.26.0" rfc3987-syntax==1.1.0 lark==1.3.1
cd "$folder"

python - << 'PYTHON'
import importlib.metadata
import sys

import lark

built = []
build = lark.Lark.__init__


def count(self, *arguments, **options):
    built.append(options.get("start"))
    build(self, *arguments, **options)


lark.Lark.__init__ = count
import jsonschema

for package in ("jsonschema", "rfc3987-syntax", "lark"):
    print(package, importlib.metadata.version(package))
n_by_import = len(built)
print("Importing jsonschema compiles grammars that nobody has asked for:")
print(f"    {n_by_import} by the import alone")
checker = jsonschema.FormatChecker(formats=["iri"])
valid = checker.conforms("http://example.com/%C3%A4", "iri")
n_by_checking = len(built) - n_by_import
print(f"    {n_by_checking} more to check an iri, which is {'valid' if valid else 'invalid'}")
if (n_by_import < 30, n_by_checking, valid) != (False, 0, True):
    sys.exit("This has changed.")
PYTHON
