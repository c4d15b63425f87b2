#!/usr/bin/env bash
# Expected: the nearest neighbour of a training row is that row, at distance 0, whatever `algorithm` finds it: the
#   three algorithms are described as ways to compute the same.
# Instead: brute force expands (a - b)^2 into a^2 - 2ab + b^2. For large values close together (times in seconds since
#   1970 are large enough) what remains is rounding, and nearly every row has another one for its nearest neighbour.
# It means: `algorithm="auto"` is an answer, not a speed: it takes brute force for wide rows. Centre such columns
#   before neighbours see them, and compare the two algorithms once on real rows.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"

python - << 'PYTHON'
import sys

import numpy
import sklearn
from sklearn.neighbors import NearestNeighbors

seconds = 1_700_000_000 + numpy.random.default_rng(0).uniform(0, 60, size=(300, 2))
centred = seconds - seconds.mean(axis=0)


def share_found(rows, algorithm):
    neighbours = NearestNeighbors(n_neighbors=1, algorithm=algorithm).fit(rows)
    return float((neighbours.kneighbors(rows, return_distance=False)[:, 0] == numpy.arange(len(rows))).mean())


shares = {(name, algorithm): share_found(rows, algorithm)
          for name, rows in (("times", seconds), ("centred times", centred))
          for algorithm in ("brute", "kd_tree")}
print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
print("Asked for the nearest neighbour of each of its own rows, brute force seldom finds the row itself:")
for (name, algorithm), share in shares.items():
    print(f"    {algorithm:7} on {name}: {share:.0%} of the rows are their own nearest neighbour")
if list(shares.values())[1:] != [1.0, 1.0, 1.0] or shares["times", "brute"] > 0.5:
    sys.exit("This has changed.")
PYTHON
