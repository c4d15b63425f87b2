"""Models of the three boosting libraries, and the table that they are trained on: numbers, gaps and a category."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import catboost
import joblib
import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

N_ROWS = 300
RANDOM = np.random.default_rng(0)
# Not in sorted order of first occurrence, and one is rare.
CITIES = ["Rome", "Bonn", "Oslo", "Ulm"]

NUMBERS = pd.DataFrame({"mean radius": RANDOM.normal(size=N_ROWS), "age": RANDOM.integers(18, 90, N_ROWS)})
GAPS = NUMBERS.assign(**{"mean radius": NUMBERS["mean radius"].mask(NUMBERS["age"] % 7 == 0)})
MIXED = GAPS.assign(city=pd.Categorical(RANDOM.choice(CITIES, N_ROWS, p=[0.4, 0.3, 0.25, 0.05])))
STRINGS = MIXED.astype({"city": object})
INDEX = ((GAPS["mean radius"] > 0).astype(int) + (MIXED["city"] == "Oslo")).to_numpy()
NAMES = np.array(["low", "middle", "top"])[INDEX]
VALUE = (GAPS["age"] * 1.5 + INDEX).to_numpy()


@dataclass(frozen=True)
class Boosted:
    """A fitted model, what it was trained on, what is right, and what writes it to a file of this suffix."""

    name: str
    model: Any
    X: Any
    y: Any
    save: Callable[[Any, Path], object]
    suffix: str

    def write(self, folder: Path) -> Path:
        """Write the model into `folder` and return its path."""
        path = folder / f"model{self.suffix}"
        self.save(self.model, path)
        return path

    def get_frame(self) -> pd.DataFrame:
        """Return the rows as a frame."""
        return self.X if isinstance(self.X, pd.DataFrame) else pd.DataFrame(self.X, columns=list(NUMBERS))


def save_own(model: Any, path: Path) -> None:
    """Write the model as its library does."""
    (model.booster_ if hasattr(model, "booster_") else model).save_model(path)


def build_models() -> Iterator[Boosted]:
    """Yield models of each library: of classes and of values, from an array and from frames, in files of each kind."""
    xgb, lgb = (
        {"n_estimators": 10, "enable_categorical": True},
        {"n_estimators": 10, "verbose": -1, "min_child_samples": 5},
    )
    cat: dict[str, Any] = {"iterations": 10, "verbose": 0, "allow_writing_files": False}
    array = NUMBERS.to_numpy()
    X = xgboost.XGBClassifier(**xgb).fit(MIXED, INDEX)
    yield Boosted("xgboost pickled", X, MIXED, INDEX, joblib.dump, ".joblib")
    yield Boosted("xgboost json", X, MIXED, INDEX, save_own, ".json")
    yield Boosted("xgboost ubj two classes", xgboost.XGBClassifier(**xgb).fit(array, INDEX > 0), array, INDEX > 0,
                  save_own, ".ubj")  # fmt: skip
    yield Boosted("xgboost values", xgboost.XGBRegressor(**xgb).fit(MIXED, VALUE), MIXED, VALUE, save_own, ".json")
    L = lightgbm.LGBMClassifier(**lgb).fit(MIXED, NAMES)
    yield Boosted("lightgbm pickled", L, MIXED, NAMES, joblib.dump, ".joblib")
    yield Boosted("lightgbm txt", lightgbm.LGBMClassifier(**lgb).fit(MIXED, INDEX), MIXED, INDEX, save_own, ".txt")
    yield Boosted("lightgbm txt two classes", lightgbm.LGBMClassifier(**lgb).fit(array, INDEX > 0), array, INDEX > 0,
                  save_own, ".txt")  # fmt: skip
    yield Boosted("lightgbm values", lightgbm.LGBMRegressor(**lgb).fit(MIXED, VALUE), MIXED, VALUE, save_own, ".txt")
    C = catboost.CatBoostClassifier(**cat, cat_features=["city"]).fit(STRINGS, NAMES)
    yield Boosted("catboost pickled", C, STRINGS, NAMES, joblib.dump, ".joblib")
    yield Boosted("catboost cbm", C, STRINGS, NAMES, save_own, ".cbm")
    yield Boosted("catboost cbm two classes", catboost.CatBoostClassifier(**cat).fit(array, INDEX > 0), array,
                  INDEX > 0, save_own, ".cbm")  # fmt: skip
    R = catboost.CatBoostRegressor(**cat, cat_features=["city"]).fit(STRINGS, VALUE)
    yield Boosted("catboost values", R, STRINGS, VALUE, save_own, ".cbm")
    P = make_pipeline(StandardScaler(), xgboost.XGBClassifier(**xgb)).fit(array, INDEX)
    yield Boosted("xgboost in a pipeline", P, array, INDEX, joblib.dump, ".joblib")
