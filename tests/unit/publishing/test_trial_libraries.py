from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

import training
from app.artifacts import CURRENT_LINK, read_link
from app.artifacts.errors import NotPublishable


def test_refuses_a_model_that_holds_what_only_a_library_of_training_can_load(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    # What is chosen is remembered by names that are pandas' own strings, and those are pyarrow's where it is installed.
    model = make_pipeline(ColumnTransformer([("kept", "passthrough", pd.DataFrame.any)]), LinearRegression())
    with pytest.raises(NotPublishable) as error:
        training.publish(model.fit(frame, [1.0, 2.0, 3.0]), frame, [1.0, 2.0, 3.0], artifact_dir=tmp_path)
    assert "pyarrow" in str(error.value)
    assert read_link(tmp_path, CURRENT_LINK) is None
