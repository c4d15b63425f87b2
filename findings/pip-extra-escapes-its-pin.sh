#!/usr/bin/env bash
# Expected: requirements in which every package is pinned, with hashes, install the same for ever.
# Instead: pytest-cov asks for coverage[toml]. To pip 23.2.1, as in Python 3.11.7, this is another requirement than
#   the pinned coverage: it looks at the newest release, which has no hash, and refuses. So the file works until the
#   day on which a newer coverage appears. A pin with the extra in it is enough, and so is a newer pip.
# It means: a lock file that installs today can fail tomorrow on new machines alone. Lock with extras, pin pip too.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export PATH="$folder/venv/bin:$PATH"
cd "$folder"
pip install --quiet pip==23.2.1

pip download --quiet --no-deps --dest wheels \
    coverage==7.13.0 pytest-cov==7.0.0 pytest==9.0.1 pluggy==1.6.0 iniconfig==2.3.0 packaging==25.0 pygments==2.19.2
for wheel in wheels/*.whl; do
    IFS=- read -r name version _ <<< "$(basename "$wheel")"
    echo "${name//_/-}==$version $(pip hash "$wheel" | tail -n 1)"
done > plain.txt
sed 's/^coverage==/coverage[toml]==/' plain.txt > extra.txt

try() {
    local outcome=installs
    pip install --dry-run --ignore-installed --require-hashes --requirement "$1" > output 2>&1 || outcome=refused
    echo "pip $(pip --version | cut -d ' ' -f 2), pinned as $(grep -o '^coverage[^ ]*' "$1"): $outcome" | tee -a seen
    grep -A 1 '^ERROR: In --require-hashes' output | sed 's/ from .*//; s/^/    /' || true
}

echo "All seven packages are pinned with their hashes, and an older pip refuses them for an extra without a pin:"
try plain.txt
try extra.txt
pip install --quiet pip==25.3
try plain.txt

if [ "$(grep -o '[a-z]*$' seen | tr '\n' ' ')" != "refused installs installs " ]; then
    echo "This has changed." >&2
    exit 1
fi
