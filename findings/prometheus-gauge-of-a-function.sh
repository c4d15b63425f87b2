#!/usr/bin/env bash
# Expected: a metric that works in one process works with several, or is refused: Gauge.inc is, in mode `mostrecent`.
# Instead: with PROMETHEUS_MULTIPROC_DIR set, `Gauge.set_function` is taken without a word, and 0 is exported for
#   ever; an `Info` is left out of the answer. In one process both are right.
# It means: the queue's length or the pool's size reads 0 in production and is right in every test without that
#   variable, and 0 is what a healthy gauge would show. Set such gauges where the number changes, and test with the
#   variable.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet prometheus_client==0.26.0
cd "$folder"

python - << 'PYTHON'
import os
import subprocess
import sys
from importlib.metadata import version

PROGRAM = """
import os
from prometheus_client import CollectorRegistry, Gauge, Info, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

registry = CollectorRegistry()
Gauge("waiting", "Set.", registry=registry, multiprocess_mode="sum").set(7)
Gauge("pool", "Asked for.", registry=registry, multiprocess_mode="sum").set_function(lambda: 7)
Info("build", "Facts.", registry=registry).info({"version": "1"})
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
lines = generate_latest(registry).decode().splitlines()
print("; ".join(sorted(line for line in lines if not line.startswith("#"))))
"""
os.mkdir("counts")
print(f"prometheus_client {version('prometheus_client')}")
print("A gauge that is set, one that asks a function and an Info, exported by one process and by several:")
seen = []
for name, variables in (("one process", {}), ("several", {"PROMETHEUS_MULTIPROC_DIR": "counts"})):
    environment = {**os.environ, **variables}
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    seen.append(run.stdout.strip())
    print(f"    {name}: {seen[-1]}")
if seen != ['build_info{version="1"} 1.0; pool 7.0; waiting 7.0', "pool 0.0; waiting 7.0"]:
    sys.exit("This has changed.")
PYTHON
