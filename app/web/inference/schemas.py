"""The shapes of requests, from which both validation and the OpenAPI document are made."""

from __future__ import annotations

from typing import Any, NamedTuple

from marshmallow import RAISE, Schema, ValidationError, fields

from app.columns.faults import FaultKind, FaultList, InvalidInput
from app.columns.json_object import repeated_keys
from app.columns.table import Rows, Table


class _Finding(NamedTuple):
    """What marshmallow finds, with its kind. It formats messages that are texts, and passes on all others."""

    message: str
    kind: FaultKind


class _Faults(ValidationError):
    """Carries our own faults, with their places, through marshmallow."""

    def __init__(self, error: InvalidInput) -> None:
        super().__init__([error])


def _build_messages(rule: str) -> dict[str, Any]:
    """Return what is said of a key that must be there and be something."""
    return {
        "required": [_Finding(f"is missing: it {rule}", FaultKind.MISSING)],
        "null": [_Finding(f"{rule}, not null", FaultKind.WRONG_TYPE)],
    }


class FeaturesField(fields.Field[Rows]):
    """One instance: loaded as rows of shape (1, n_features)."""

    def __init__(self, columns: Table, **kwargs: Any) -> None:
        self.columns = columns
        super().__init__(error_messages=_build_messages(f"must be {columns.describe()}"), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Rows:
        try:
            return self.columns.parse_instance(value, (str(attr),))
        except InvalidInput as error:
            raise _Faults(error) from error


class InstancesField(fields.Field[Rows]):
    """A batch of instances: loaded as rows of shape (n_instances, n_features)."""

    def __init__(self, columns: Table, max_batch_size: int, **kwargs: Any) -> None:
        self.columns = columns
        self.max_batch_size = max_batch_size
        self.rule = f"must be an array of 1 to {max_batch_size} instances"
        super().__init__(error_messages=_build_messages(self.rule), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Rows:
        if not isinstance(value, list):
            raise ValidationError([_Finding(self.rule, FaultKind.WRONG_TYPE)])
        if not 1 <= len(value) <= self.max_batch_size:
            finding = _Finding(f"{self.rule}, not {len(value)}", FaultKind.BATCH_SIZE)
            raise ValidationError([finding])
        try:
            return self.columns.parse_instances(value, (str(attr),))
        except InvalidInput as error:
            raise _Faults(error) from error


class RequestSchema(Schema):
    """The schema of a request body; `parse` is its one entrance."""

    class Meta:
        unknown = RAISE

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        known = ", ".join(repr(name) for name in self.fields)
        unknown: Any = _Finding(f"is not a key of this request; its keys: {known}", FaultKind.UNKNOWN)
        self.error_messages = {**self.error_messages, "unknown": unknown}

    def parse(self, document: Any) -> dict[str, Any]:
        """Return the loaded values. Raises `InvalidInput`, which names every key and value at fault."""
        faults = FaultList()
        if not isinstance(document, dict):
            faults.add((), "must be an object", FaultKind.WRONG_TYPE)
            faults.raise_if_any()
        for key in repeated_keys(document):
            faults.add_key((), key, "is given more than once", FaultKind.REPEATED)
        loaded: dict[str, Any] = {}
        try:
            loaded = self.load(document)
        except ValidationError as error:
            _gather_faults(error, faults)
        faults.raise_if_any()
        return loaded


def build_predict_schema(columns: Table) -> RequestSchema:
    """Return the schema of the body of `POST /predict` for the model of these `columns`."""
    schema = RequestSchema.from_dict({"features": FeaturesField(columns, required=True)}, name="PredictRequest")
    return schema()  # type: ignore[return-value]


def build_batch_schema(columns: Table, max_batch_size: int) -> RequestSchema:
    """Return the schema of the body of `POST /predict/batch` for the model of these `columns`."""
    field = InstancesField(columns, max_batch_size, required=True)
    return RequestSchema.from_dict({"instances": field}, name="BatchRequest")()  # type: ignore[return-value]


def _gather_faults(error: ValidationError, faults: FaultList) -> None:
    messages: dict[str, list[Any]] = error.normalized_messages()  # type: ignore[no-untyped-call]
    for key, items in messages.items():
        for item in items:
            if isinstance(item, InvalidInput):
                faults.extend(item)
            else:
                faults.add_key((), key, *item)
