"""gunicorn's insides: every name of its that this service imports, overrides or uses, and why.

Nothing else here imports gunicorn. The tests look each name up in the release that is locked, so that a release in
which one is gone, or is called otherwise, is noticed before anything runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.errors import HaltServer
from gunicorn.glogging import Logger
from gunicorn.sock import TCP6Socket, TCPSocket
from gunicorn.systemd import listen_fds
from gunicorn.workers.base import Worker

__all__ = [
    "Arbiter",
    "BaseApplication",
    "HaltServer",
    "Logger",
    "TCP6Socket",
    "TCPSocket",
    "WSGIApplication",
    "Worker",
    "listen_fds",
]


@dataclass(frozen=True)
class Overridden:
    """A method of gunicorn's that a class of ours has one of its own for."""

    owner: type[Any]
    name: str
    parameters: str
    """Those of gunicorn's method, as `inspect.signature` writes them."""
    why: str


@dataclass(frozen=True)
class Used:
    """Something of gunicorn's, beside what is imported, that our code reads, sets or calls."""

    owner: type[Any]
    name: str
    why: str
    parameters: str | None = None
    """Where it is a function: its parameters."""


OVERRIDDEN = (
    Overridden(BaseApplication, "run", "(self)", "to run our master"),
    Overridden(Arbiter, "handle_hup", "(self)", "to reload without an outage"),
    Overridden(Arbiter, "handle_usr2", "(self)", "to refuse a second master"),
    Overridden(Arbiter, "manage_workers", "(self)", "to start workers after a delay, and end those of another version"),
    Overridden(Arbiter, "spawn_worker", "(self)", "to lose no signal while it forks, and count the worker"),
    Overridden(Arbiter, "murder_workers", "(self)", "to spare workers that were stopped together with the master"),
    Overridden(Arbiter, "reap_workers", "(self)", "to serve on when a worker fails to start, and count its end"),
    Overridden(Arbiter, "stop", "(self, graceful=True)", "to end even where a worker has failed to start"),
    Overridden(Logger, "setup", "(self, cfg)", "to log what is printed as well"),
    Overridden(Logger, "debug", "(self, msg, *args, **kwargs)", "to quote no path and no caller"),
    Overridden(Logger, "access", "(self, resp, req, environ, request_time)", "the application logs its requests"),
    Overridden(Worker, "__init__", "(self, age, ppid, sockets, app, timeout, cfg, log)", "for what the master shares"),
    Overridden(Worker, "init_signals", "(self)", "to have a worker that hangs leave its stacks"),
    Overridden(Worker, "handle_quit", "(self, sig, frame)", "to take no lock and raise nothing in a handler"),
    Overridden(Worker, "run", "(self)", "to serve by an event loop"),
)

USED = (
    Used(BaseApplication, "callable", "the application, which the workers give their model"),
    Used(Config, "address", "where to listen"),
    Used(Config, "graceful_timeout", "how long a worker may take to leave"),
    Used(Config, "is_ssl", "whether TLS is asked for, which is not served"),
    Used(Config, "reuse_port", "whether each worker opens a socket of its own"),
    Used(Config, "threads", "how many threads a worker counts"),
    Used(Arbiter, "LISTENERS", "set, so that a taken port is refused at once and not tried five times"),
    Used(Arbiter, "SIG_NAMES", "to call the handlers of signals during a reload"),
    Used(Arbiter, "WORKERS", "the living workers, by process id"),
    Used(Arbiter, "WORKER_BOOT_ERROR", "with which a worker ends that has failed to start"),
    Used(Arbiter, "app", "the application that is run"),
    Used(Arbiter, "cfg", "the configuration"),
    Used(Arbiter, "log", "gunicorn's log"),
    Used(Arbiter, "num_workers", "how many workers there should be; SIGTTIN and SIGTTOU change it"),
    Used(Arbiter, "pid", "to know in a new process whether it is the master"),
    Used(Arbiter, "run", "serves until a signal ends it", "(self)"),
    Used(Arbiter, "timeout", "how long a worker may hang"),
    Used(Arbiter, "kill_worker", "sends a worker a signal, if it lives", "(self, pid, sig)"),
    Used(Arbiter, "wait_for_signals", "waits for signals during a reload", "(self, timeout=1.0)"),
    Used(Worker, "age", "to end the oldest workers first"),
    Used(Worker, "app", "the application that is served"),
    Used(Worker, "cfg", "the configuration"),
    Used(Worker, "log", "gunicorn's log"),
    Used(Worker, "pid", "the process of the worker"),
    Used(Worker, "sockets", "to count the connections that wait to be accepted"),
    Used(Worker, "PIPE", "to which Python writes when a signal arrives"),
    Used(Worker, "alive", "whether the worker is to serve on"),
    Used(Worker, "handle_exit", "has the worker end", "(self, sig, frame)"),
    Used(Worker, "notify", "shows the master that the worker lives", "(self)"),
    Used(Worker, "ppid", "the process of the master"),
    Used(Worker, "wsgi", "the application"),
    Used(TCPSocket, "__init__", "opens a socket to listen at", "(self, address, conf, log, fd=None)"),
    Used(TCPSocket, "get_backlog", "counts the connections that wait to be accepted", "(self)"),
)
