"""The report on drift, in plain words and in figures, as `/model/drift` answers it."""

from __future__ import annotations

from typing import Any

from app.drift.psi import MIN_INSTANCES, Drift

_MOST_NAMED = 5
_UNWATCHED = "This version does not know its training distributions: publish a new one to have its input watched."


def describe_drift(version: str, drift: Drift | None, window_hours: int) -> dict[str, Any]:
    """Return the report on `version` as JSON-ready values; `drift` is `None` for one that cannot be watched."""
    document: dict[str, Any] = {"model_version": version, "window_hours": window_hours, "min_instances": MIN_INSTANCES}
    if drift is None:
        return {**document, "verdict": _UNWATCHED, "n_instances": 0, "drifted": [], "features": [], "predictions": None}
    expected = drift.expected
    return {
        **document,
        "verdict": describe_verdict(drift),
        "n_instances": drift.n_instances,
        "drifted": [name for name, has in zip(drift.feature_names, drift.have_drifted, strict=True) if has],
        "features": [_describe_feature(drift, place) for place in range(len(drift.feature_names))],
        "predictions": {
            "psi": drift.prediction_psi if drift.are_predictions_meaningful else None,
            "parts": list(expected.part_names),
            "shares": drift.prediction_shares.tolist(),
            "expected_shares": expected.prediction_shares.tolist(),
            "drifted": drift.have_predictions_drifted,
        },
    }


def _describe_feature(drift: Drift, place: int) -> dict[str, Any]:
    """Return what is said of one feature; of one with values from a list, the share of each as well."""
    shares, expected_shares = drift.feature_shares[place].tolist(), drift.expected.feature_shares[place].tolist()
    values = drift.expected.feature_values[place]
    described = {
        "name": drift.feature_names[place],
        "psi": float(drift.psi[place]) if drift.is_meaningful else None,
        "out_of_range_share": float(drift.out_of_range[place]),
        "missing_share": shares[-1],
        "expected_missing_share": expected_shares[-1],
        "drifted": bool(drift.have_drifted[place]),
    }
    if values is None:
        return described
    of_values = dict(zip(values, shares, strict=False)), dict(zip(values, expected_shares, strict=False))
    return {**described, "shares": of_values[0], "expected_shares": of_values[1]}


def describe_verdict(drift: Drift) -> str:
    """Return in plain words what has drifted."""
    if not drift.is_meaningful:
        return f"Too few instances to tell: {drift.n_instances} in the window, and {MIN_INSTANCES} are needed."
    drifted = [name for name, has in zip(drift.feature_names, drift.have_drifted, strict=True) if has]
    sentences = [_describe_features(drifted, len(drift.feature_names))]
    if drift.have_predictions_drifted:
        sentences.append("The predictions have other shares than in training.")
    return " ".join(sentences)


def _describe_features(drifted: list[str], n_features: int) -> str:
    if not drifted:
        return f"None of the {n_features} features has drifted from the training data."
    verb = "has" if len(drifted) == 1 else "have"
    names = ", ".join(repr(name) for name in drifted[:_MOST_NAMED])
    more = f" and {len(drifted) - _MOST_NAMED} more" if len(drifted) > _MOST_NAMED else ""
    return f"{len(drifted)} of the {n_features} features {verb} drifted from the training data: {names}{more}."
