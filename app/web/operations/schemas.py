"""The shapes of responses: what the OpenAPI document promises and the tests hold every answer against."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields


class ResponseSchema(Schema):
    """A response with just these keys."""

    class Meta:
        unknown = RAISE


class FaultSchema(ResponseSchema):
    """One place in the request's body that is at fault."""

    pointer = fields.String(required=True, metadata={"description": "A JSON Pointer into the body, as a URI fragment."})
    message = fields.String(required=True, metadata={"description": "The rule that the value breaks."})


class ProblemSchema(ResponseSchema):
    """Every error has this shape (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(
        fields.Nested(FaultSchema),
        metadata={"description": "Where the body is at fault: the first 20 places.", "maxItems": 20},
    )
    errors_total = fields.Integer(metadata={"description": "How many places are at fault in all.", "minimum": 1})
    request_id = fields.String(required=True, metadata={"description": "To be quoted when asking about this answer."})


class HealthSchema(ResponseSchema):
    """The process answers."""

    status = fields.Constant("ok", required=True)
    model_loaded = fields.Boolean(required=True)
    model_version = fields.String(required=True, allow_none=True)
    uptime_seconds = fields.Float(required=True, metadata={"minimum": 0})


class ReadySchema(ResponseSchema):
    """A model is loaded and has passed its self-test."""

    status = fields.Constant("ready", required=True)


class FileDigestSchema(ResponseSchema):
    """The size in bytes and the SHA-256 of a file of the artifact."""

    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)


class VersionMismatchSchema(ResponseSchema):
    """The releases of scikit-learn that made the artifact and that serve it."""

    trained_with = fields.String(required=True)
    served_with = fields.String(required=True)


def _numbers_by_name() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Float())


def _table_of(value: fields.Field[Any], description: str) -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=value, required=True, metadata={"description": description})


class ModelSchema(ResponseSchema):
    """The metadata of the artifact that is being served."""

    version = fields.String(required=True)
    created_at = fields.DateTime(required=True, metadata={"description": "When the model was trained."})
    git_commit = fields.String(required=True, allow_none=True)
    dataset = fields.String(required=True)
    feature_names = fields.List(fields.String(), required=True, metadata={"description": "In the model's order."})
    classes = fields.List(
        fields.Raw(), required=True, metadata={"description": "By class index; of several targets, a list for each."}
    )
    preprocessor = fields.String(required=True)
    estimator = fields.String(required=True)
    hyperparameters = fields.Dict(keys=fields.String(), required=True)
    sample_counts = _table_of(fields.Integer(), "Rows in each part of the data.")
    metrics = _table_of(_numbers_by_name(), "By part of the data, then by metric.")
    feature_ranges = _table_of(
        _numbers_by_name(), "By feature: its least and greatest training value, where those are numbers."
    )
    feature_distributions = _table_of(
        fields.Dict(keys=fields.String(), values=fields.List(fields.Float())),
        "By feature: the nine deciles of its training values and the share of them in each tenth, or the share of each "
        "value of a list; and the share of missing values.",
    )
    prediction_shares = fields.List(
        fields.Float(),
        required=True,
        metadata={
            "description": "By class index, or decile: how often it is predicted for the training rows. "
            "Of several targets, one after the other."
        },
    )
    columns = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        metadata={"description": "In the model's order: the kind of each feature; empty where all are numbers."},
    )
    container = fields.String(
        required=True, metadata={"description": "What the model was trained on: array, frame or texts."}
    )
    task = fields.String(
        required=True,
        metadata={"description": "classification, regression, multilabel, multioutput, outlier or cluster."},
    )
    targets = fields.List(
        fields.String(), required=True, metadata={"description": "What is predicted, where that has names."}
    )
    answers = fields.List(
        fields.String(), required=True, metadata={"description": "What the model gives: labels, probabilities, …"}
    )
    threshold = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "What the probability of class_1 must reach, where that is not one half."},
    )
    prediction_deciles = fields.List(
        fields.List(fields.Float()),
        required=True,
        metadata={"description": "By target: the nine deciles of the numbers predicted for the training rows."},
    )
    library_versions = _table_of(fields.String(), "The libraries the model was trained with.")
    files = _table_of(fields.Nested(FileDigestSchema), "The artifact's files.")
    signature_verified = fields.Boolean(
        required=True,
        metadata={"description": "Whether the artifact is signed with the key that this service asks for."},
    )
    version_mismatch = fields.Nested(
        VersionMismatchSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "Where ALLOW_VERSION_MISMATCH lets another scikit-learn serve than made the artifact."
        },
    )


_SHARE = {"minimum": 0, "maximum": 1}
_PSI = {
    "description": "The population stability index against training; null while there are too few instances.",
    "minimum": 0,
}


class FeatureDriftSchema(ResponseSchema):
    """How far one feature has drifted."""

    name = fields.String(required=True)
    psi = fields.Float(required=True, allow_none=True, metadata=_PSI)
    out_of_range_share = fields.Float(
        required=True,
        metadata={"description": "The share of values outside the training range, or not seen in training.", **_SHARE},
    )
    missing_share = fields.Float(required=True, metadata={"description": "The share of missing values.", **_SHARE})
    expected_missing_share = fields.Float(required=True, metadata={"description": "That in training.", **_SHARE})
    shares = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        metadata={"description": "Of a feature with values from a list: the share of each."},
    )
    expected_shares = fields.Dict(
        keys=fields.String(), values=fields.Float(), metadata={"description": "Those in training."}
    )
    drifted = fields.Boolean(required=True)


class PredictionDriftSchema(ResponseSchema):
    """How far the predictions have drifted; shares are by class index, or by decile of the predicted number."""

    psi = fields.Float(required=True, allow_none=True, metadata=_PSI)
    parts = fields.List(fields.String(), required=True, metadata={"description": "What the shares are of."})
    shares = fields.List(fields.Float(metadata=_SHARE), required=True)
    expected_shares = fields.List(fields.Float(metadata=_SHARE), required=True)
    drifted = fields.Boolean(required=True)


class DriftSchema(ResponseSchema):
    """What the model has been asked of late, compared with its training data."""

    model_version = fields.String(required=True)
    verdict = fields.String(required=True, metadata={"description": "What the figures mean, in plain words."})
    window_hours = fields.Integer(required=True, metadata={"minimum": 1})
    n_instances = fields.Integer(required=True, metadata={"description": "In the window.", "minimum": 0})
    min_instances = fields.Integer(
        required=True, metadata={"description": "With fewer, drift cannot be told from chance.", "minimum": 0}
    )
    drifted = fields.List(fields.String(), required=True, metadata={"description": "The features that have drifted."})
    features = fields.List(
        fields.Nested(FeatureDriftSchema),
        required=True,
        metadata={"description": "In the model's order; empty where the version does not know its training data."},
    )
    predictions = fields.Nested(PredictionDriftSchema, required=True, allow_none=True)
