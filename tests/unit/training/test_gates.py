from __future__ import annotations

from typing import Any

import pytest

from training.baseline import Baseline
from training.comparison import Champion
from training.gate_options import parse_bound
from training.gates import Gates, NotGoodEnough, check_gates

CLASSIFIER = {"test": {"accuracy": 0.9, "f1_macro": 0.8, "roc_auc": 0.95}}
REGRESSOR = {"test": {"r2": 0.6, "mae": 2.5, "rmse": 3.0, "pinball_0.1": 1.0, "pinball_0.5": 1.0, "pinball_0.9": 1.0}}
QUANTILE = {"test": {"r2": -1.0, "mae": 2.5, "rmse": 3.0, "pinball_0.9": 1.0}}
FOLDED = {"test": {}, "cross_validation": {"roc_auc_mean": 0.7, "roc_auc_std": 0.1}}


def refuse(gates: Gates, task: str, metrics: dict[str, dict[str, float]], **rivals: Any) -> str:
    with pytest.raises(NotGoodEnough) as refused:
        check_gates(gates, task, metrics, **rivals)
    return str(refused.value)


def ask(*texts: str) -> Gates:
    """Return gates with what options say: `--min roc_auc=0.9`."""
    return Gates([parse_bound(text.split()[1], text.split()[0]) for text in texts])


@pytest.mark.parametrize(
    ("task", "metrics", "option"),
    [
        ("classification", CLASSIFIER, "--min accuracy=0.9"),
        ("classification", CLASSIFIER, "--max accuracy=0.9"),
        ("regression", REGRESSOR, "--max rmse=3"),
        ("regression", REGRESSOR, "--min r2=-1"),
        ("regression", QUANTILE, "--max pinball_0.9=1e0"),
        ("classification", FOLDED, "--min roc_auc=0.7"),
    ],
)
def test_lets_through_what_just_reaches_a_bound(task: str, metrics: Any, option: str) -> None:
    check_gates(ask(option), task, metrics)


@pytest.mark.parametrize(
    ("task", "metrics", "option", "sentence"),
    [
        (
            "classification",
            CLASSIFIER,
            "--min accuracy=0.91",
            "Nothing was published: the accuracy on the test part is 0.9, "
            "and --min accuracy=0.91 asks for 0.91 at least.",
        ),
        (
            "regression",
            REGRESSOR,
            "--max rmse=2.9",
            "Nothing was published: the RMSE on the test part is 3.0, and --max rmse=2.9 asks for 2.9 at most.",
        ),
        (
            "classification",
            FOLDED,
            "--min roc_auc=0.8",
            "Nothing was published: the ROC AUC over the folds is 0.7, and --min roc_auc=0.8 asks for 0.8 at least.",
        ),
        (
            "classification",
            {"test": {"accuracy": 1.0}},
            "--min roc_auc=0.8",
            "Nothing was published: --min roc_auc=0.8 asks for a metric that has no value on the test part; "
            "there are accuracy.",
        ),
        (
            "regression",
            {"test": {"mae[rent]": float("nan")}},
            "--max mae[rent]=2",
            "Nothing was published: the MAE of rent on the test part is nan, "
            "and --max mae[rent]=2 asks for 2.0 at most.",
        ),
    ],
)
def test_refuses_what_misses_a_bound(task: str, metrics: Any, option: str, sentence: str) -> None:
    assert refuse(ask(option), task, metrics) == sentence


def test_every_bound_counts() -> None:
    assert "--max rmse=1 " in refuse(ask("--min r2=0.5", "--max rmse=1"), "regression", REGRESSOR)


def test_refuses_where_nothing_says_whether_the_model_is_any_good() -> None:
    assert refuse(Gates(), "classification", {"train": {"accuracy": 1.0}, "test": {}, "cross_validation": {}}) == (
        "Nothing was published: there are no rows to test on and no folds, so that nothing says whether the model "
        "is any good. Train it on more rows."
    )


@pytest.mark.parametrize(
    ("task", "metrics", "reference", "sentence"),
    [
        (
            "classification",
            {"test": {"accuracy": 0.9, "roc_auc": 0.5}},
            {"test": {"accuracy": 0.1, "roc_auc": 0.5}},
            "Nothing was published: the ROC AUC on the test part is 0.5, no better than the 0.5 of a model that "
            "guesses. --min roc_auc=VALUE asks for another bound.",
        ),
        (
            "regression",
            QUANTILE,
            {"test": {"r2": -2.0, "pinball_0.9": 1.0}},
            "Nothing was published: the pinball (0.9) on the test part is 1.0, no better than the 1.0 of a model that "
            "guesses. --max pinball_0.9=VALUE asks for another bound.",
        ),
        (
            "classification",
            FOLDED,
            {"cross_validation": {"roc_auc_mean": 0.75}},
            "Nothing was published: the ROC AUC over the folds is 0.7, no better "
            "than the 0.75 of a model that guesses. --min roc_auc=VALUE asks for another bound.",
        ),
    ],
)
def test_refuses_what_is_no_better_than_the_baseline(task: str, metrics: Any, reference: Any, sentence: str) -> None:
    assert refuse(Gates(), task, metrics, baseline=Baseline("guesses", reference)) == sentence


def test_lets_through_what_is_better_than_the_baseline() -> None:
    check_gates(Gates(), "classification", CLASSIFIER, baseline=Baseline("guesses", {"test": {"roc_auc": 0.94}}))
    check_gates(Gates(), "regression", QUANTILE, baseline=Baseline("guesses", {"test": {"pinball_0.9": 1.01}}))
    check_gates(Gates(), "cluster", {"test": {"clusters": 2.0}})


def test_a_bound_takes_the_place_of_the_baseline() -> None:
    baseline = Baseline("guesses", {"test": {"roc_auc": 0.99}})
    check_gates(ask("--min roc_auc=0.9"), "classification", CLASSIFIER, baseline=baseline)


@pytest.mark.parametrize(
    ("task", "metrics", "champion", "sentence"),
    [
        (
            "classification",
            CLASSIFIER,
            {"roc_auc": 0.97},
            "Nothing was published: the ROC AUC on the test part is 0.95, that of the current version v1 is 0.97, "
            "and --require-not-worse allows 0.01 less.",
        ),
        (
            "regression",
            QUANTILE,
            {"pinball_0.9": 0.98},
            "Nothing was published: the pinball (0.9) on the test part is 1.0, that of the current version v1 is 0.98, "
            "and --require-not-worse allows 0.01 more.",
        ),
        (
            "cluster",
            {"test": {"clusters": 2.0}},
            {"clusters": 2.0},
            "Nothing was published: --require-not-worse asks for a comparison with the current version v1, "
            "and there is no metric to compare on the test part.",
        ),
        (
            "classification",
            FOLDED,
            {},
            "Nothing was published: --require-not-worse asks for a comparison with the current version v1, "
            "and there is no metric to compare on the test part.",
        ),
    ],
)
def test_refuses_what_is_worse_than_the_current_version(
    task: str, metrics: Any, champion: dict[str, float], sentence: str
) -> None:
    assert refuse(Gates(tolerance=0.01), task, metrics, champion=Champion("v1", champion)) == sentence


def test_lets_through_what_is_within_the_tolerance() -> None:
    check_gates(Gates(tolerance=0.02), "classification", CLASSIFIER, champion=Champion("v1", {"roc_auc": 0.96}))
    check_gates(Gates(tolerance=0.02), "regression", QUANTILE, champion=Champion("v1", {"pinball_0.9": 0.99}))
    check_gates(Gates(), "regression", QUANTILE, champion=Champion("v1", {"pinball_0.9": 0.1}))


def test_names_the_metrics_of_the_task_before_anything_is_fitted() -> None:
    with pytest.raises(NotGoodEnough) as refused:
        ask("--min auc=0.9").check_metrics_exist("regression")
    assert str(refused.value) == (
        "Nothing was trained: --min auc=0.9 names no metric of regression. There are r2, mae, rmse."
    )
    with pytest.raises(NotGoodEnough, match=r"--min r2\[rent\]=0 names no metric of regression"):
        ask("--min r2[rent]=0").check_metrics_exist("regression", ["price", "fee"])
    ask("--max pinball_0.9=1", "--min r2[rent]=0").check_metrics_exist("regression", ["price", "rent"])
