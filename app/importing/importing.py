"""Importing: from the file of a model that was fitted elsewhere, and a sample of its rows, to a published version."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from pickle import PicklingError
from typing import Any

import numpy as np
import pandas as pd
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.artifacts import ArtifactCorrupt, Golden, Metadata, pack_artifact
from app.artifacts.errors import NotPublishable
from app.artifacts.manifest import MODEL_FILE, PREPROCESSOR_FILE
from app.artifacts.pickled import list_globals
from app.engines.parallelism import use_single_thread
from app.engines.responses import RESPONSES
from app.importing.measuring import measure_answers
from app.importing.samples import shape_sample
from app.importing.sources.kinds import load_model_file
from app.importing.sources.source import LoadedModel, SourceOptions
from app.importing.tasks import build_fitted
from app.publishing.code_files import read_code
from app.publishing.dependencies import check_served
from app.publishing.description import Provenance, create_version_name, describe_model
from app.publishing.models import check_answering, prepare_rows, split_model
from app.publishing.store import check_publishable, publish
from app.publishing.trial import read_load_timeout, try_version
from app.tables.rows import take
from app.tables.table_files import read_table
from app.tables.typed_table import find_container

SAMPLE_PART = "sample"
"""What metadata call the metrics of an imported model: nobody knows whether it was trained on these rows."""

_FEW_ROWS = 3


@dataclass(frozen=True)
class ImportOrder:
    """What is to be imported, and what the user says of it.

    sample : a table of rows for the model, where its own file has none; targets : the columns of that which the model
    predicts; kinds and drop : as `read_table` takes them; trusted : types that a skops file may hold.
    """

    model: Path
    sample: Path | None = None
    targets: Sequence[str] = ()
    code: Path | None = None
    version: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    drop: Collection[str] = ()
    trusted: Sequence[str] = ()
    task: str | None = None
    classes: Sequence[Any] | None = None


def import_model(order: ImportOrder, artifact_dir: Path, signing_key: Ed25519PrivateKey | None = None) -> Metadata:
    """Publish a fitted model as a version, which becomes the current one once it has been tried. Return its metadata.

    The file of a model may be a program, and is run in this process. Raises `NotPublishable`, `ArtifactError` or
    `OSError`, and then nothing was published.
    """
    version = order.version or create_version_name()
    check_publishable(artifact_dir, version)
    load_timeout_seconds = read_load_timeout()
    code = read_code(order.code) if order.code else {}
    loaded = load_model_file(order.model, SourceOptions(code, order.trusted))
    check_answering(loaded.model)
    use_single_thread(loaded.model)
    metadata, golden = _describe(version, order, loaded)
    files = _pack(metadata, golden, loaded.model, signing_key, code or loaded.code)
    publish(artifact_dir, version, files, check=lambda: try_version(artifact_dir, version, load_timeout_seconds))
    return metadata


def _describe(version: str, order: ImportOrder, loaded: LoadedModel) -> tuple[Metadata, Golden]:
    frame, targets, kinds = _read_sample(order, loaded)
    X = shape_sample(loaded.model, frame)
    if find_container(X) != "frame":  # whose types say less: whole numbers are numbers like others
        kinds = {name: kind for name, kind in order.kinds.items() if name in frame}
    few = take(X, np.arange(min(_FEW_ROWS, len(X))))
    fitted = build_fitted(loaded.model, few, order.task, list(targets), order.classes)
    provenance = Provenance(order.model.name, [str(name) for name in frame], {}, {SAMPLE_PART: len(frame)}, kinds)
    try:
        metadata, golden = describe_model(version, fitted, provenance, X, X, X)
        arrays = RESPONSES[fitted.task](fitted.model, metadata).ask(X)
        measured = measure_answers(metadata, arrays, targets, lambda rows: prepare_rows(fitted.model, take(X, rows)))
    except (ValueError, TypeError, LookupError, AttributeError, ArtifactCorrupt) as error:
        raise NotPublishable(f"The model does not answer as one of the task {fitted.task} does: {error}.") from error
    return (replace(metadata, metrics={SAMPLE_PART: measured}) if measured else metadata), golden


def _pack(
    metadata: Metadata, golden: Golden, model: Any, signing_key: Ed25519PrivateKey | None, code: Mapping[str, bytes]
) -> dict[str, bytes]:
    try:
        files = pack_artifact(metadata, golden, *split_model(model), signing_key, code)
    except (PicklingError, TypeError, AttributeError) as error:
        raise NotPublishable(
            f"The model cannot be pickled again ({error}). Functions and classes that were defined in a script or "
            "notebook belong in a file of their own, which --code names."
        ) from error
    for name in (PREPROCESSOR_FILE, MODEL_FILE):
        check_served(list_globals(files[name]), "The model")
    return files


def _read_sample(order: ImportOrder, loaded: LoadedModel) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Return the columns that the model takes, those that it predicts, and the kinds of the former."""
    asked = {**loaded.kinds, **order.kinds}
    if order.sample is not None:
        # What becomes a category keeps its type: an encoder that was trained on 3 does not know "3".
        table = read_table(order.sample, _leave_out_categories(asked), order.drop)
        frame, kinds = table.frame, {**table.kinds, **asked}
    elif loaded.sample is not None:
        frame = loaded.sample.drop(columns=[name for name in order.drop if name in loaded.sample])
        kinds = asked
    else:
        raise NotPublishable(
            f"{order.model} has no rows to try the model with: name a table of some, CSV or Parquet, with --data."
        )
    if unknown := [name for name in order.targets if name not in frame]:
        raise NotPublishable(
            f"The sample has no column {unknown[0]!r} to be the target: it has {', '.join(map(repr, frame))}."
        )
    targets = frame[list(order.targets)]
    features = frame.drop(columns=list(order.targets))
    return features, targets, {name: kind for name, kind in kinds.items() if name in features}


def _leave_out_categories(kinds: Mapping[str, str]) -> dict[str, str]:
    return {name: kind for name, kind in kinds.items() if kind != "category"}
