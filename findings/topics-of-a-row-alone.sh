#!/usr/bin/env bash
# Expected: `transform` of a fitted estimator looks at each row by itself.
# Instead: NMF and MiniBatchNMF solve for all rows of a call together and stop when their common error no longer moves,
#   so the rows beside a row decide how far its own weights have come. Every row has other weights alone than in its
#   batch. LatentDirichletAllocation, which does the same work, stops row by row.
# It means: weights that were computed for a whole table at training are not those of one record at serving, by more
#   than rounding. Transform row by row on both sides, or set a `tol` so small that the rest does not matter.
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
from sklearn.datasets import load_digits
from sklearn.decomposition import NMF, LatentDirichletAllocation, MiniBatchNMF

rows = load_digits().data[:300]


def compare(model):
    """Return how many rows differ, and by how much of the row's largest weight at most."""
    together = model.transform(rows)
    alone = numpy.vstack([model.transform(rows[[index]]) for index in range(len(rows))])
    difference = abs(together - alone).max(axis=1) / together.max(axis=1)
    return int((difference > 1e-9).sum()), float(difference.max())


batches = MiniBatchNMF(5, random_state=0, max_iter=5000).fit(rows)
seen = {
    "NMF": compare(NMF(5, random_state=0, max_iter=1000).fit(rows)),
    "MiniBatchNMF": compare(batches),
    "MiniBatchNMF, tol=1e-12": compare(batches.set_params(tol=1e-12, max_iter=20000)),
    "LatentDirichletAllocation": compare(LatentDirichletAllocation(5, random_state=0).fit(rows)),
}

print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
print("A row has other weights alone than beside other rows:")
for name, (count, largest) in seen.items():
    print(f"    {name}: {count} of {len(rows)} rows differ, by at most {largest:.1e} of the row's largest weight")
rounding = seen["MiniBatchNMF, tol=1e-12"][1]
if seen["NMF"][1] < 1e-5 or seen["MiniBatchNMF"][1] < 1e-3 or rounding > 1e-6 or seen["LatentDirichletAllocation"][0]:
    sys.exit("This has changed.")
PYTHON
