from __future__ import annotations

from typing import Any

import pytest
from flask import Flask


@pytest.mark.parametrize("value", [{"label": 0, "probabilities": {"class_0": 0.999669}}, [1, None, "é"], {}])
def test_what_is_written_reads_back(unloaded_app: Flask, value: Any) -> None:
    assert unloaded_app.json.loads(unloaded_app.json.dumps(value)) == value


def test_a_response_is_json_without_whitespace(unloaded_app: Flask) -> None:
    response: Any = unloaded_app.json.response({"status": "ok", "name": "é"})
    assert response.get_data(as_text=True) == '{"status":"ok","name":"é"}'
    assert response.content_type == "application/json"
