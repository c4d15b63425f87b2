"""gunicorn's configuration. It reads nothing itself: everything an operator may choose is in app/settings.py."""

import os
import sys

from app.logs import build_log_config
from app.server import on_exit, on_starting, post_fork, post_worker_init, pre_fork, when_ready
from app.settings import InvalidSettings, Settings

try:
    _settings = Settings.from_env(os.environ)
except InvalidSettings as error:
    sys.exit(f"The environment cannot be used: {error}.")

wsgi_app = "wsgi:app"
proc_name = "ml-service"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.web_concurrency
threads = _settings.threads
worker_class = "app.worker.ServiceWorker"
# The code is imported once, by the master; only the model is loaded by each worker.
preload_app = True
graceful_timeout = _settings.graceful_timeout_seconds
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# Its socket stands under $HOME, where a second server of the same user would take it over.
control_socket_disable = True
# By default a client on this machine may set SCRIPT_NAME by a header, and is answered 500 for a wrong one.
forwarder_headers = ""
logconfig_dict = build_log_config(_settings.log_level, _settings.log_format)
loglevel = _settings.log_level
