#!/usr/bin/env bash
# Expected: a reload that goes wrong leaves the server as it was, as nginx does: the old workers serve on.
# Instead: an exception in `on_reload` at SIGHUP leaves the master's loop, and the whole server ends.
# It means: whatever `on_reload` may stumble over (a file, a signature, a full disk) is caught inside the hook, and a
#   new version is looked at before the signal is sent. The same holds for the configuration file, which SIGHUP runs
#   again.
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
cat > configuration.py <<'PYTHON'
bind = "127.0.0.1:0"
control_socket_disable = True


def on_reload(server):
    raise RuntimeError("the new version cannot be read")
PYTHON

gunicorn --version
gunicorn --config configuration.py service:application 2> log &
master=$!
trap 'kill "$master" 2> /dev/null || true; rm -rf "$folder"' EXIT
for _ in $(seq 300); do
    ! grep -q "Booting worker" log || break
    sleep 0.1
done
kill -HUP "$master"
status=0
wait "$master" || status=$?

echo "An exception in on_reload ends the server that was serving; status $status, and the last of its log:"
grep -E "Handling signal|RuntimeError|Shutting down|Unhandled" log | sed 's/^/    /'

if [ "$status" -eq 0 ] || ! grep -q "Handling signal: hup" log || ! grep -q "RuntimeError: the new version" log; then
    echo "This has changed." >&2
    exit 1
fi
