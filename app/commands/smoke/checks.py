"""The checks of a deployed service: each raises `SmokeFailed`, or returns nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.commands.smoke.answer import quote
from app.commands.smoke.client import CertificateRefused, NoAnswer, ServiceClient
from app.commands.smoke.expected import Expectation, SmokeFailed, expect_object, expect_prediction, expect_version

Check = Callable[[ServiceClient, Expectation], None]

_POLL_SECONDS = 0.1
_BATCH_ROWS = 2


def wait_until_ready(client: ServiceClient, timeout_seconds: float) -> None:
    """Return once /ready answers 200. Raises `SmokeFailed`, which says what came last, and `CertificateRefused`."""
    deadline = time.monotonic() + timeout_seconds
    while fault := _find_unreadiness(client):
        if time.monotonic() > deadline:
            raise SmokeFailed(
                f"The service is not ready: in {timeout_seconds:g} s GET {client.address}/ready was not answered 200, "
                f"and at last {fault}."
            )
        time.sleep(_POLL_SECONDS)


def check_version(client: ServiceClient, expectation: Expectation) -> None:
    """Check that /ready and /model name the version that is expected."""
    ready = client.get("/ready")
    expect_object(ready, 200)
    expect_version(ready, ready.headers["X-Model-Version"], expectation)
    model = client.get("/model")
    expect_version(model, expect_object(model, 200).get("version"), expectation)


def check_predictions(client: ServiceClient, expectation: Expectation) -> None:
    """Check that every golden row gets the answer that it got in training."""
    for row, instance in enumerate(expectation.instances):
        answer = client.post("/predict", {"features": instance})
        expect_prediction(answer, expect_object(answer, 200), expectation, row)


def check_batch(client: ServiceClient, expectation: Expectation) -> None:
    """Check that the first golden rows get the same answers where they are sent together."""
    instances = expectation.instances[:_BATCH_ROWS]
    answer = client.post("/predict/batch", {"instances": instances})
    document = expect_object(answer, 200)
    expect_version(answer, document.get("model_version"), expectation)
    predictions = document.get("predictions")
    if not isinstance(predictions, list) or len(predictions) != len(instances):
        raise SmokeFailed(f"{answer.request} did not give {len(instances)} predictions, but {answer.describe_body()}.")
    for row, prediction in enumerate(predictions):
        expect_prediction(answer, prediction, expectation, row)


def check_refusal(client: ServiceClient, expectation: Expectation) -> None:
    """Check that an array, which no column takes, is refused in place of a value, with its place."""
    answer = client.post("/predict", {"features": [[], *expectation.instances[0][1:]]})
    errors = expect_object(answer, 422, "application/problem+json").get("errors")
    pointers = [each.get("pointer") for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    if pointers != ["#/features/0"]:
        raise SmokeFailed(
            f"{answer.request} refused an array in place of the first feature, as it should, but without naming "
            f"#/features/0 alone: it named {quote(pointers)}."
        )


def check_document(client: ServiceClient, expectation: Expectation) -> None:
    """Check that the OpenAPI document loads and describes /predict."""
    answer = client.get("/openapi.json")
    document = expect_object(answer, 200)
    paths, info = document.get("paths"), document.get("info")
    if not str(document.get("openapi")).startswith("3."):
        raise SmokeFailed(f"{answer.request} is not an OpenAPI 3 document: it says {quote(document.get('openapi'))}.")
    if not isinstance(paths, dict) or "/predict" not in paths:
        raise SmokeFailed(f"{answer.request} does not describe the path /predict.")
    if not isinstance(info, dict) or not isinstance(info.get("version"), str):
        raise SmokeFailed(f"{answer.request} does not say the service's version, info.version.")


def _find_unreadiness(client: ServiceClient) -> str | None:
    """Return why the service is not ready, `None` where it is."""
    try:
        answer = client.get("/ready")
    except CertificateRefused:
        raise
    except NoAnswer as error:
        return f"got no answer: {error.reason}"
    return None if answer.status == 200 else f"was answered {answer.describe()}"
