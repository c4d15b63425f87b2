"""Life of a request, in order: from the first byte that the application sees to its line in the log."""

from __future__ import annotations

from functools import partial

from flask import Flask, Response, g

from app.logs.context import reset_log_ids, set_log_ids
from app.web.access_line import log_answered
from app.web.facts import RequestFacts, begin_facts, get_request
from app.web.metrics import check_port, count_answered
from app.web.service import Service


def register_lifecycle(app: Flask, service: Service) -> None:
    """Lead every request of `app` through its stations.

    To be called before any other hook of `app` is registered: what is registered first begins a request first, and
    looks at its answer last, when nothing can make another answer of it.
    """
    app.before_request(partial(_begin, service))
    # Here the view answers; what it raises becomes a problem document: see `app.web.problems`.
    app.after_request(partial(_complete, service))
    app.teardown_request(_end)


def _begin(service: Service) -> None:
    asked = get_request()
    span = service.tracer.begin(asked.headers.get("traceparent", ""))
    facts = begin_facts(asked, span)
    facts.log_token = set_log_ids(facts.list_ids())
    g.facts = facts
    check_port(asked, service.settings.metrics_port)


def _complete(service: Service, response: Response) -> Response:
    asked = get_request()
    facts: RequestFacts = g.facts
    response.headers["X-Request-ID"] = facts.request_id
    response.headers["X-Model-Version"] = service.served_version
    if response.status_code == 200 and facts.predictions is not None and service.prediction_log is not None:
        service.prediction_log.keep(facts.request_id, *facts.predictions)
    count_answered(service.monitor.requests, asked, response, facts)
    log_answered(asked, response, facts, service.served_version)
    facts.span.end(asked.method, asked.url_rule.rule if asked.url_rule else None, response.status_code)
    return response


def _end(error: BaseException | None) -> None:
    facts: RequestFacts | None = g.pop("facts", None)
    if facts is not None and facts.log_token is not None:
        reset_log_ids(facts.log_token)
