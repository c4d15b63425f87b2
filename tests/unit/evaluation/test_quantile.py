from __future__ import annotations

from typing import Any

import pytest

from app.evaluation.quantile import find_quantile


@pytest.mark.parametrize(
    ("parameters", "quantile"),
    [
        ({"quantile": 0.2}, 0.2),
        ({"loss": "quantile", "quantile": 0.2}, 0.2),
        ({"loss": "squared_error", "quantile": 0.2}, None),
        ({"loss": "quantile", "alpha": 0.3}, 0.3),
        ({"objective": "quantile", "alpha": 0.3}, 0.3),  # as LightGBM says it
        ({"objective": "regression", "alpha": 0.3}, None),
        ({"loss": "quantile", "alpha": 1.0}, None),
        ({"loss": "quantile", "alpha": None}, None),
        ({}, None),
    ],
)
def test_finds_the_quantile_among_the_parameters(parameters: dict[str, Any], quantile: float | None) -> None:
    assert find_quantile(parameters) == quantile
