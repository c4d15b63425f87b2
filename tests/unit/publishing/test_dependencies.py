from __future__ import annotations

from pathlib import Path

import pytest

from app.artifacts.errors import NotPublishable
from app.artifacts.pickled import Global
from app.publishing import dependencies
from app.publishing.dependencies import check_served, find_fault


@pytest.mark.parametrize(
    "module",
    ["sklearn.svm", "numpy", "scipy.sparse", "pandas.core.frame", "joblib", "builtins", "collections", "cloudpickle"],
)
def test_takes_what_every_server_has(module: str) -> None:
    check_served([Global(module, "Thing")], "model.pkl")


@pytest.mark.parametrize("module", ["mine", "mine.inner", "version_code_0123456789abcdef.mine"])
def test_takes_what_the_version_brings_along(module: str) -> None:
    check_served([Global(module, "Thing")], "model.pkl", {"mine", "mine.inner"})


@pytest.mark.parametrize(
    ("module", "fault"),
    [
        (
            "__main__",
            "which was defined in the script or notebook itself, where a server has none. Put it into a file of its "
            "own and name that with --code (in Python, code=); or name the script, if importing it trains nothing.",
        ),
        (
            "training.estimators",
            "which a server does not have. Name the file or the folder of training with --code (in Python, code=), and "
            "the version brings it along.",
        ),
        ("xgboost.sklearn", "and xgboost is not installed: install requirements/boosting.txt."),
        ("imblearn.pipeline", "and imbalanced-learn is not installed: name it in requirements/model.txt, with its "
         "hashes, and install that."),
        (
            "tqdm.std",
            "which is of a library that a server does not have: name it in requirements/model.txt, with its hashes, "
            "and 'make install' and the image will have it too.",
        ),
    ],
)  # fmt: skip
def test_refuses_what_a_server_lacks_with_what_to_do(module: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {"xgboost", "imbalanced-learn"}
    monkeypatch.setattr(dependencies, "is_installed", lambda name: name not in missing)
    with pytest.raises(NotPublishable) as refused:
        check_served([Global("numpy", "ndarray"), Global(module, "Thing")], "model.pkl")
    assert str(refused.value) == f"model.pkl needs {module}.Thing, {fault}"


def test_says_by_which_name_the_files_have_a_module_of_a_folder_that_is_no_package() -> None:
    assert find_fault(Global("mine.models", "Thing"), {"models"}) == (
        "which the files of --code have as models: name the folder mine, with an __init__.py in it, and what is in it "
        "keeps its name."
    )


def test_takes_a_library_that_the_requirements_of_the_model_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = tmp_path / "model.txt"
    requirements.write_text("# Of the model.\ntqdm==4.67.1 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(dependencies, "MODEL_REQUIREMENTS", requirements)
    dependencies.list_model_libraries.cache_clear()
    try:
        check_served([Global("tqdm.std", "tqdm")], "model.pkl")
    finally:
        dependencies.list_model_libraries.cache_clear()
