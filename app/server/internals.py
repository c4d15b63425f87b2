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
from gunicorn.http.errors import ExpectationFailed, LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.http.parser import Parser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.sock import TCP6Socket, TCPSocket
from gunicorn.systemd import listen_fds
from gunicorn.util import write_nonblock
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import TConn, ThreadWorker

__all__ = [
    "Arbiter",
    "BaseApplication",
    "ExpectationFailed",
    "HaltServer",
    "LimitRequestHeaders",
    "LimitRequestLine",
    "Logger",
    "ParseException",
    "SocketUnreader",
    "TCP6Socket",
    "TCPSocket",
    "TConn",
    "ThreadWorker",
    "WSGIApplication",
    "Worker",
    "listen_fds",
    "write_nonblock",
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
    Overridden(SocketUnreader, "chunk", "(self, size_hint=None)", "to let go of a client that falls silent"),
    Overridden(TConn, "init", "(self)", "to give reads and writes a time limit"),
    Overridden(ThreadWorker, "__init__", "(self, *args, **kwargs)", "for what is shared with the master"),
    Overridden(ThreadWorker, "handle_quit", "(self, sig, frame)", "to take no lock and raise nothing in a handler"),
    Overridden(Worker, "notify", "(self)", "for what is to be done once a second"),
    Overridden(ThreadWorker, "run", "(self)", "to end without waiting for threads"),
    Overridden(
        ThreadWorker, "wait_for_and_dispatch_events", "(self, timeout)", "to end at once when that is asked for"
    ),
    Overridden(
        ThreadWorker, "accept", "(self, listener)", "to give a connection no thread before it has said anything"
    ),
    Overridden(ThreadWorker, "enqueue_req", "(self, conn)", "to time how long a request waits"),
    Overridden(ThreadWorker, "handle", "(self, conn)", "to count the threads that are taken"),
    Overridden(
        ThreadWorker, "finish_request", "(self, conn, fs)", "to close a connection without waiting for its client"
    ),
    Overridden(ThreadWorker, "murder_pending", "(self)", "to close the connections that linger as well"),
    Overridden(Worker, "handle_error", "(self, req, client, addr, exc)", "to answer with a problem document"),
    Overridden(ThreadWorker, "_keepalive_after", "(self, conn, keepalive)", "to read no request out of a broken body"),
)

USED = (
    Used(BaseApplication, "callable", "the application, which the workers give their model"),
    Used(Config, "address", "where to listen"),
    Used(Config, "graceful_timeout", "how long a worker may take to leave"),
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
    Used(ThreadWorker, "handle_exit", "ends the main loop", "(self, sig, frame)"),
    Used(ThreadWorker, "nr_conns", "the open connections, for which a worker that ends waits"),
    Used(ThreadWorker, "on_pending_socket_readable", "gives a connection a thread", "(self, conn, client)"),
    Used(ThreadWorker, "pending_conns", "the connections that have said nothing yet"),
    Used(ThreadWorker, "poller", "waits for something to happen on a connection"),
    Used(TConn, "close", "closes the connection", "(self, graceful=False)"),
    Used(TConn, "initialized", "whether the connection has had a request"),
    Used(TConn, "parser", "reads the connection's requests"),
    Used(TConn, "set_timeout", "says until when a connection may say nothing", "(self)"),
    Used(TConn, "sock", "the socket"),
    Used(TConn, "timeout", "when an idle connection is closed"),
    Used(Parser, "unreader", "what the parser reads from: ours"),
    Used(TCPSocket, "__init__", "opens a socket to listen at", "(self, address, conf, log, fd=None)"),
    Used(TCPSocket, "get_backlog", "counts the connections that wait to be accepted", "(self)"),
)
