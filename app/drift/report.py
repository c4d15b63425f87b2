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
    drifted = drift.have_drifted.tolist()
    psi = drift.psi.tolist() if drift.is_meaningful else [None] * len(drifted)
    return {
        **document,
        "verdict": describe_verdict(drift),
        "n_instances": drift.n_instances,
        "drifted": [name for name, has in zip(drift.feature_names, drifted, strict=True) if has],
        "features": [
            {"name": name, "psi": index, "out_of_range_share": share, "drifted": has}
            for name, index, share, has in zip(
                drift.feature_names, psi, drift.out_of_range.tolist(), drifted, strict=True
            )
        ],
        "predictions": {
            "psi": drift.prediction_psi if drift.are_predictions_meaningful else None,
            "shares": drift.prediction_shares.tolist(),
            "expected_shares": drift.expected_prediction_shares.tolist(),
            "drifted": drift.have_predictions_drifted,
        },
    }


def describe_verdict(drift: Drift) -> str:
    """Return in plain words what has drifted."""
    if not drift.is_meaningful:
        return f"Too few instances to tell: {drift.n_instances} in the window, and {MIN_INSTANCES} are needed."
    drifted = [name for name, has in zip(drift.feature_names, drift.have_drifted, strict=True) if has]
    sentences = [_describe_features(drifted, len(drift.feature_names))]
    if drift.have_predictions_drifted:
        sentences.append("The classes are predicted in other shares than in training.")
    return " ".join(sentences)


def _describe_features(drifted: list[str], n_features: int) -> str:
    if not drifted:
        return f"None of the {n_features} features has drifted from the training data."
    verb = "has" if len(drifted) == 1 else "have"
    names = ", ".join(repr(name) for name in drifted[:_MOST_NAMED])
    more = f" and {len(drifted) - _MOST_NAMED} more" if len(drifted) > _MOST_NAMED else ""
    return f"{len(drifted)} of the {n_features} features {verb} drifted from the training data: {names}{more}."
