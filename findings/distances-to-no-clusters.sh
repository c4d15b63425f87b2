#!/usr/bin/env bash
# Expected: `transform` of a clustering has a column for each cluster, and `predict` is the column of the smallest.
# Instead: that holds for KMeans. BisectingKMeans has a column for each cluster and goes down its tree instead, so
#   some rows are given a cluster that is not the nearest. Birch has a column for each of its subclusters, whatever
#   `n_clusters` says, and how many there are changes with the order of the same rows.
# It means: distances published beside a label cannot be read by the label, and a pipeline with Birch in it is of
#   another width after each training. Look the cluster up in `subcluster_labels_`.
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
from sklearn.cluster import Birch, BisectingKMeans, KMeans
from sklearn.datasets import load_iris

rows = load_iris().data
models = [KMeans(3, random_state=0), BisectingKMeans(3, random_state=0), Birch(n_clusters=3)]

print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
print("Three clusters, the columns of transform, and how often the smallest distance is the label:")
seen = {}
for model in models:
    labels = model.fit(rows).predict(rows)
    nearest = model.transform(rows).argmin(axis=1)
    columns = [model.fit(some).transform(rows).shape[1] for some in (rows, rows[::-1])]
    seen[type(model).__name__] = len(set(labels.tolist())), columns, int((labels == nearest).sum())
    print(f"    {type(model).__name__}: {columns[0]} columns, {columns[1]} after a fit of the same rows backwards;")
    print(f"        {seen[type(model).__name__][2]} of {len(rows)} labels are the column of the smallest distance")
birch = models[-1].fit(rows)
by_label = birch.subcluster_labels_[birch.transform(rows).argmin(axis=1)]
print(f"    Birch by subcluster_labels_: {(by_label == birch.predict(rows)).sum()} of {len(rows)}")
if (
    seen["KMeans"] != (3, [3, 3], len(rows))
    or seen["BisectingKMeans"][:2] != (3, [3, 3])
    or seen["BisectingKMeans"][2] == len(rows)
    or seen["Birch"][0] != 3
    or min(seen["Birch"][1]) <= 3
    or len(set(seen["Birch"][1])) == 1
    or not numpy.array_equal(by_label, birch.predict(rows))
):
    sys.exit("This has changed.")
PYTHON
