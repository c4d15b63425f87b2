"""The data that the example model learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

TEST_SHARE = 0.2


@dataclass(frozen=True)
class Dataset:
    """Rows with their classes.

    X : ndarray of shape (n_samples, n_features), float64
    y : ndarray of shape (n_samples,), class indices
    """

    name: str
    feature_names: list[str]
    classes: list[Any]
    X: NDArray[np.float64]
    y: NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """The two parts of a dataset; the test part is looked at only to evaluate."""

    X_train: NDArray[np.float64]
    X_test: NDArray[np.float64]
    y_train: NDArray[np.int64]
    y_test: NDArray[np.int64]


def load_dataset() -> Dataset:
    """Return the breast-cancer data that scikit-learn carries: 569 rows of 30 features, 0 malignant and 1 benign."""
    bunch = load_breast_cancer()
    return Dataset(
        name="breast cancer Wisconsin (diagnostic), as scikit-learn carries it",
        feature_names=[str(name) for name in bunch.feature_names],
        classes=[str(name) for name in bunch.target_names],
        X=bunch.data.astype(np.float64),
        y=bunch.target.astype(np.int64),
    )


def split_dataset(dataset: Dataset, seed: int) -> Split:
    """Return four fifths of the rows to train on and one fifth to test on, the classes in equal shares in both."""
    X_train, X_test, y_train, y_test = train_test_split(
        dataset.X, dataset.y, test_size=TEST_SHARE, stratify=dataset.y, random_state=seed
    )
    return Split(X_train, X_test, y_train, y_test)
