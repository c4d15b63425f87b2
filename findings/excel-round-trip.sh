#!/usr/bin/env bash
# Expected: an xlsx file has typed cells, so what pandas writes into one it reads back: floats as they were, texts as
#   texts.
# Instead: openpyxl writes 16 digits of a float, where 17 may be needed: four in ten come back changed. And pandas
#   treats the text cells it reads like those of a CSV file: the text "007" becomes the number 7, the text "NA" is
#   missing.
# It means: an example file or a hand-labelled sheet that goes through Excel's format is not the data that it was made
#   from. Send CSV with a stated contract, or read with dtype=str and keep_default_na=False; the bits stay lost.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet pandas==3.1.1 openpyxl==3.1.5 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import io
import sys

import numpy
import openpyxl
import pandas

frame = pandas.DataFrame({"amount": numpy.random.default_rng(0).normal(size=1000)})
frame["shop"] = ["007", "NA"] * 500
stream = io.BytesIO()
frame.to_excel(stream, index=False)
cell = openpyxl.load_workbook(stream).active["B2"]
back = pandas.read_excel(stream)
as_text = pandas.read_excel(stream, dtype={"shop": str}, keep_default_na=False)

changed = back["amount"] != frame["amount"]
first = int(changed.argmax())
print(f"pandas {pandas.__version__}, openpyxl {openpyxl.__version__}")
print("Written to xlsx and read again by the same library, floats and texts have changed:")
one, other = frame.at[first, "amount"], back.at[first, "amount"]
print(f"    {changed.mean():.0%} of the floats, the first from {one} to {other}")
texts = back["shop"][:2].tolist()
print(f"    the texts {frame['shop'][:2].tolist()} to {texts}; the cell holds {cell.value!r}, a text")
print(f"    read with dtype=str and keep_default_na=False: {as_text['shop'][:2].tolist()}")
if not 0.1 < changed.mean() < 0.9 or cell.value != "007" or str(texts) != "[7.0, nan]" or as_text["shop"][0] != "007":
    sys.exit("This has changed.")
PYTHON
