"""Publishing from a notebook or a script, in place of the command line."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from app.artifacts import load_private_key
from app.artifacts.errors import NotPublishable
from app.engines.parallelism import use_single_thread
from app.publishing.code_files import read_code
from app.publishing.description import create_version_name
from app.publishing.store import check_publishable
from app.tables.kinds import find_columns
from training.dataset import Dataset, build_dataset
from training.evaluation import measure
from training.gates import Bound, Gates, check_gates
from training.instances import is_frame
from training.options import DEFAULT_SEED
from training.own_code import list_own_modules
from training.own_estimator import repeat_estimator
from training.picklable import check_picklable
from training.run import Plan, PublishedModel, publish_pipeline, train
from training.splitting import use_all_rows
from training.tasks import CLUSTER, OUTLIER


def publish(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    name: str = "unnamed data",
    version: str | None = None,
    artifact_dir: str | Path = "artifacts",
    classes: Sequence[Any] | None = None,
    targets: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    kinds: Mapping[str, str] = {},
    code: str | Path | None = None,
    groups: Any = None,
    times: Any = None,
    at_least: Mapping[str, float] = {},
    at_most: Mapping[str, float] = {},
    seed: int = DEFAULT_SEED,
    signing_key: Ed25519PrivateKey | str | Path | None = None,
) -> PublishedModel:
    """Publish a model as a version, make it the current one, and return what was published.

        import training

        training.publish(make_pipeline(StandardScaler(), LogisticRegression()), X, y, name="customers")

    An estimator that is not fitted is cross-validated, fitted to four fifths of the rows, and measured on the others;
    nothing is published unless it is better than a model that looks at no column. One that is fitted is published as it
    is: `X`, of the type that it was fitted to, says what its columns hold, and its metrics are those of `X` and `y`,
    named `sample`. Either way a server must take the version in a trial before it becomes current.

    X : array or DataFrame of shape (n_samples, n_features), or texts of shape (n_samples,)
    y : array of shape (n_samples,) or (n_samples, n_targets); `None` for clusterers, and for detectors of outliers
    name : of the data, for `/model`
    classes : what the classes 0, 1, ... are called, where `y` holds these
    targets, feature_names : names of the columns of `y` and of `X`, where they have none
    kinds : what overrules the kinds that are found in the columns, as {"zip": "category"}
    code : the file or the folder with the classes of one's own in the model, which the version brings along
    groups : of shape (n_samples,): rows of one group are trained on together, or tested on
    times : of shape (n_samples,): the latest rows are tested on
    at_least, at_most : bounds on metrics, as {"roc_auc": 0.9}, in place of that comparison
    signing_key : the private key, or the file in PEM that holds it

    Raises, before anything is fitted, `DatasetInvalid`, `EstimatorUnusable`, `NotPublishable`, `VersionExists`,
    `InvalidVersionName` or `OSError`; later `FitFailed`, `NotGoodEnough` or `NotPublishable`: nothing was published.
    """
    plan = Plan(
        artifact_dir=Path(artifact_dir),
        version=version or create_version_name(),
        seed=seed,
        gates=_build_gates(at_least, at_most),
        signing_key=load_private_key(Path(signing_key)) if isinstance(signing_key, (str, Path)) else signing_key,
        kinds=kinds,
        code=read_code(Path(code)) if code is not None else {},
    )
    check_publishable(plan.artifact_dir, plan.version)
    is_fitted = _is_fitted(model)
    names = list(feature_names or ())
    if is_fitted and is_frame(X) and _is_fitted_to_array(model, X):
        X, names = X.to_numpy(), names or list(X.columns)
    dataset = build_dataset(
        name,
        X,
        y,
        estimator=model,
        feature_names=names,
        targets=list(targets or ()),
        classes=list(classes or ()),
        groups=groups,
        times=times,
    )
    find_columns(dataset.X, dataset.feature_names, kinds)
    if is_fitted:
        return _publish_fitted(model, dataset, plan)
    return train(dataset, {"": repeat_estimator(model)}, plan)


def _build_gates(at_least: Mapping[str, float], at_most: Mapping[str, float]) -> Gates:
    minima = [Bound(metric, value, f"at_least={{{metric!r}: {value}}}") for metric, value in at_least.items()]
    maxima = [Bound(metric, value, f"at_most={{{metric!r}: {value}}}", False) for metric, value in at_most.items()]
    return Gates((*minima, *maxima))


def _is_fitted(model: Any) -> bool:
    try:
        check_is_fitted(model)
    except (NotFittedError, TypeError):  # the other is said of what is no estimator, which is refused elsewhere
        return False
    return True


def _is_fitted_to_array(model: Any, X: Any) -> bool:
    """Return whether a fitted model has seen no names of columns, which it would have in a frame."""
    is_numeric = all(getattr(dtype, "kind", "O") in "fiu" for dtype in X.dtypes)
    return is_numeric and hasattr(model, "n_features_in_") and not hasattr(model, "feature_names_in_")


def _measure(model: Any, dataset: Dataset) -> dict[str, float]:
    """Return the metrics of a fitted model; those of clusterers and detectors where nobody says what was right."""
    if dataset.y is None and dataset.task not in (CLUSTER, OUTLIER):
        return {}
    return measure(model, dataset.X, dataset.y, dataset.task, dataset.targets)


def _publish_fitted(model: Any, dataset: Dataset, plan: Plan) -> PublishedModel:
    check_picklable(model, list_own_modules(plan.code))
    plan.gates.check_metrics_exist(dataset.task, dataset.targets)
    own = copy.deepcopy(model)
    use_single_thread(own)
    try:
        measured = _measure(own, dataset)
    except Exception as error:  # whatever an estimator raises
        said = str(error).strip().partition("\n")[0].rstrip(".")
        raise NotPublishable(
            f"Nothing was published: the fitted model has no answer for X ({type(error).__name__}: {said}). X must be "
            "of the columns and the type that it was fitted to."
        ) from error
    if plan.gates.bounds:
        check_gates(plan.gates, dataset.task, {"sample": measured})
    metrics = {"sample": measured}
    return publish_pipeline(own, dataset, use_all_rows(dataset), metrics, plan)
