"""The preprocessor and the estimator of the example model, unfitted."""

from __future__ import annotations

from sklearn.ensemble import GradientBoostingClassifier
from sklearn.preprocessing import StandardScaler


def build_preprocessor() -> StandardScaler:
    """Return the scaler, which learns the mean and the spread of each feature."""
    return StandardScaler()


def build_estimator(seed: int) -> GradientBoostingClassifier:
    """Return the classifier."""
    return GradientBoostingClassifier(
        n_estimators=200, learning_rate=0.05, max_depth=4, subsample=0.8, random_state=seed
    )
