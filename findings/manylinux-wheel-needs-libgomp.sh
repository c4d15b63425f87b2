#!/usr/bin/env bash
# Expected: a wheel tagged manylinux brings along every library beyond the few that each Linux has, as scikit-learn's
#   and XGBoost's bring their libgomp.
# Instead: LightGBM's wheel is tagged manylinux, needs libgomp.so.1 and has no copy in it. The copies of the others
#   do not help: they have names of their own.
# It means: pip installs it into a slim image without a word, and the first import fails there and nowhere else. Install
#   the system's OpenMP (`libgomp1` on Debian) with it, and import what was installed when the image is built.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet pyelftools==0.33
cd "$folder"
# Only pip can download files for a platform that is not its own; they are read here and never run.
python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
    --platform manylinux_2_28_x86_64 lightgbm==4.7.0 xgboost-cpu==3.2.0 scikit-learn==1.9.1

python - << 'PYTHON'
import io
import sys
from pathlib import Path
from zipfile import ZipFile

from elftools.elf.elffile import ELFFile


def openmp(wheel):
    """Return the names of OpenMP that the wheel's libraries need, and the copies of it in the wheel."""
    needed = set()
    with ZipFile(wheel) as archive:
        libraries = [name for name in archive.namelist() if ".so" in name.rpartition("/")[2]]
        for name in libraries:
            dynamic = ELFFile(io.BytesIO(archive.read(name))).get_section_by_name(".dynamic")
            needed |= {tag.needed for tag in dynamic.iter_tags("DT_NEEDED") if "gomp" in tag.needed}
    return needed, {name.rpartition("/")[2] for name in libraries if "gomp" in name}


print("What the wheels need of OpenMP, and what of it they bring:")
complete = {}
for wheel in sorted(Path().glob("*.whl")):
    needed, brought = openmp(wheel)
    print(f"    {wheel.name}")
    print(f"        needs {', '.join(sorted(needed))}; brings {', '.join(sorted(brought)) or 'none'}")
    complete[wheel.name.partition("-")[0]] = bool(needed) and needed <= brought
    if "manylinux" not in wheel.name:
        sys.exit("This has changed.")
if complete != {"lightgbm": False, "scikit_learn": True, "xgboost_cpu": True}:
    sys.exit("This has changed.")
PYTHON
