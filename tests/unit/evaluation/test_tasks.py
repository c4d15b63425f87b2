from __future__ import annotations

import pytest

from app.evaluation.tasks import TASKS, choose_gate_metric, is_error, name_metric
from training import tasks


def test_every_task_is_measured() -> None:
    names = {value for name, value in vars(tasks).items() if name.isupper() and not name.startswith("_")}
    assert set(TASKS) == names


@pytest.mark.parametrize(
    ("task", "names", "metric"),
    [
        ("classification", ["accuracy", "f1_macro", "roc_auc"], "roc_auc"),
        ("classification", ["accuracy", "f1_macro"], "f1_macro"),
        ("regression", ["mae", "r2", "pinball_0.1", "pinball_0.5", "pinball_0.9"], "r2"),
        ("regression", ["mae", "pinball_0.1", "pinball_0.5", "pinball_0.9"], "mae"),
        ("regression", ["mae", "r2", "pinball_0.8"], "pinball_0.8"),
        ("regression", ["r2", "pinball_0.8", "pinball_0.8[rent]", "pinball_0.8[price]"], "pinball_0.8"),
        ("multilabel", ["subset_accuracy", "f1_macro"], "f1_macro"),
        ("multioutput", ["accuracy"], "accuracy"),
        ("outlier", ["outlier_share", "roc_auc"], "roc_auc"),
        ("outlier", ["outlier_share"], None),
        ("cluster", ["clusters", "silhouette"], None),
    ],
)
def test_chooses_the_metric_that_says_whether_a_model_is_any_good(
    task: str, names: list[str], metric: str | None
) -> None:
    assert choose_gate_metric(task, dict.fromkeys(names, 0.5)) == metric


def test_knows_which_metrics_are_errors() -> None:
    errors = ["mae", "rmse", "rmse[rent]", "pinball_0.9", "hamming_loss"]
    assert [is_error(name) for name in errors] == [True] * len(errors)
    assert [is_error(name) for name in ("r2", "roc_auc", "accuracy[mae]", "silhouette")] == [False] * 4


@pytest.mark.parametrize(
    ("task", "metric", "label"),
    [
        ("classification", "roc_auc", "ROC AUC"),
        ("regression", "rmse[rent]", "RMSE of rent"),
        ("regression", "pinball_0.95", "Pinball (0.95)"),
        ("regression", "mae[a[0]]", "MAE of a[0]"),
        ("multioutput", "accuracy[kind]", "Accuracy of kind"),
    ],
)
def test_names_metrics_for_a_report(task: str, metric: str, label: str) -> None:
    assert name_metric(task, metric) == label
