"""Kinds: of columns, engines and outputs, by name. A new kind is a file in its package and a line here."""

from __future__ import annotations

from app.artifacts import Artifact, Metadata
from app.columns.number import NumberColumn
from app.columns.table import Table
from app.engines.engine import Engine
from app.engines.estimator import EstimatorEngine
from app.outputs.classes import ClassOutput

_COLUMNS = {"number": NumberColumn}
_ENGINES = {"estimator": EstimatorEngine}
_OUTPUTS = {"classification": ClassOutput}


def build_engine(artifact: Artifact) -> Engine:
    """Return what computes the answers of `artifact`. Raises `ArtifactError` where that cannot be built."""
    return _ENGINES["estimator"](artifact)


def build_table(metadata: Metadata, largest_number: float) -> Table:
    """Return the columns of a model whose engine computes with numbers of so great a magnitude at most."""
    return Table([_COLUMNS[kind](name, largest_number) for name, kind in metadata.column_kinds.items()])


def build_output(metadata: Metadata) -> ClassOutput:
    """Return how the answers of a model are written down."""
    return _OUTPUTS[metadata.task](len(metadata.classes))
