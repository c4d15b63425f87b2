#!/usr/bin/env bash
# Expected: gunicorn's configuration file is checked as strictly as its command line, where a misspelt option is an
#   error.
# Instead: a misspelt name in the file is ignored in silence, --check-config included, while a helper function of the
#   file that happens to be called like a setting (`timeout`) is taken for it, and refuses the start.
# It means: `workrs = 4` runs one worker for months. Compare the file's public names with gunicorn's list in a test,
#   and give the file's own helpers names with an underscore.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
export VIRTUAL_ENV="$folder/venv" PATH="$folder/venv/bin:$PATH"
uv=$(command -v uv || true)
${uv:+uv} pip install --quiet gunicorn==27.0.1
cd "$folder"

cat > service.py <<'PYTHON'
def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
PYTHON
echo 'workrs = 4' > misspelt.py
printf 'def timeout(seconds):\n    return f"{seconds} s"\n' > helper.py

check() {
    local status=0
    gunicorn "$@" --check-config service:application > output 2>&1 || status=$?
    echo "gunicorn $* --check-config: status $status"
    sed '/^[[:space:]]*$/d; s/ at 0x[0-9a-f]*//; s/^/    /' output | tail -n 2
    echo "$status" >> statuses
}

gunicorn --version
echo "A misspelt name passes in the file alone; a function called timeout is taken for the setting:"
check --workrs 4
check --config misspelt.py
check --config helper.py

if [ "$(tr '\n' ' ' < statuses)" != "2 0 1 " ] || ! grep -q "can't convert" output; then
    echo "This has changed." >&2
    exit 1
fi
