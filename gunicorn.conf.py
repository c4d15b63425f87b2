"""gunicorn's configuration. It reads nothing itself: everything an operator may choose is in app/settings.py."""

import os

from app.logs import build_log_config
from app.server.control import name_service
from app.server.hooks import on_starting, post_fork, post_worker_init, pre_fork, when_ready
from app.settings import read_settings

_settings = read_settings()

wsgi_app = "wsgi:app"
proc_name = name_service(_settings.address)
bind = _settings.addresses
workers = _settings.web_concurrency
threads = _settings.threads
worker_class = "app.server.worker.ServiceWorker"
# The code is imported once, by the master; only the model is loaded by each worker.
preload_app = True
graceful_timeout = _settings.graceful_timeout_seconds
# How long a worker may not come back to its loop.
timeout = _settings.worker_timeout_seconds
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# Its socket stands under $HOME, where a second server of the same user would take it over.
control_socket_disable = True
# By default a client on this machine may set SCRIPT_NAME by a header, and is answered 500 for a wrong one.
forwarder_headers = ""
logger_class = "app.server.logger.GunicornLogger"
logconfig_dict = build_log_config(_settings.log_level, _settings.log_format)
loglevel = _settings.log_level
