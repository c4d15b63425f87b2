#!/usr/bin/env bash
# Expected: a JSON parser known for being strict keeps an integer exactly or refuses it, as its own writer does.
# Instead: orjson refuses to write an integer beyond 64 bits, and reads one as a float in silence: 2**64 + 1 loses its
#   1. The standard json and msgspec keep it. For a number too large for a float it is the reverse: orjson refuses
#   what the standard json reads as inf.
# It means: changing the parser changes what identifiers and bounds arrive as. A column of large integers is checked
#   by type before its value is compared.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet orjson==3.13.0 msgspec==0.22.0
cd "$folder"

python - << 'PYTHON'
import json
import sys
from importlib.metadata import version

import msgspec
import orjson

PARSERS = {"json": json.loads, "orjson": orjson.loads, "msgspec": msgspec.json.decode}


def read(parse, text):
    try:
        return repr(parse(text))
    except ValueError as error:
        return type(error).__name__


print(f"Python {sys.version.split()[0]}, orjson {version('orjson')}, msgspec {version('msgspec')}")
print("One valid JSON number, three readings:")
seen = {}
for text in (str(2**64 - 1), str(2**64 + 1), "1e400"):
    seen[text] = {name: read(parse, text) for name, parse in PARSERS.items()}
    print(f"    {text}: {seen[text]}")
try:
    written = orjson.dumps(2**64 + 1).decode()
except orjson.JSONEncodeError as error:
    written = str(error)
print(f"    orjson writes {2**64 + 1}: {written}")

exact = {name: str(2**64 - 1) for name in PARSERS}
beyond = {"json": str(2**64 + 1), "orjson": "1.8446744073709552e+19", "msgspec": str(2**64 + 1)}
large = {"json": "inf", "orjson": "JSONDecodeError", "msgspec": "ValidationError"}
if list(seen.values()) != [exact, beyond, large] or written != "Integer exceeds 64-bit range":
    sys.exit("This has changed.")
PYTHON
