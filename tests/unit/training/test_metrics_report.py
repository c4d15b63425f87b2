from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.release.commands import run
from training import metrics_report
from training.metrics_report import format_metrics

METADATA = {"metrics": {"cross_validation": {"accuracy": 1}, "test": {"roc_auc": 0.123456789, "log_loss": 2}}}
REPORT = "test_roc_auc 0.123457\ntest_log_loss 2.000000\ncross_validation_accuracy 1.000000\n# EOF\n"


def publish(folder: Path, text: str) -> Path:
    """Publish a version with that metadata as the current one, and return its folder."""
    version = folder / "v1"
    version.mkdir(parents=True)
    (version / "metadata.json").write_text(text)
    (folder / "current").symlink_to("v1")
    return version


def test_writes_a_line_for_each_metric_the_test_first() -> None:
    assert format_metrics(METADATA) == REPORT


@pytest.mark.parametrize("metrics", [{}, {"training": {"accuracy": 1.0}}])
def test_ends_a_report_of_nothing_too(metrics: dict[str, Any]) -> None:
    assert format_metrics({"metrics": metrics}) == "# EOF\n"


def test_reports_what_training_has_published(
    example_artifact_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTIFACT_DIR", str(example_artifact_dir))
    file = tmp_path / "reports" / "new" / "metrics.txt"
    assert run(monkeypatch, metrics_report, str(file)) is None
    assert re.fullmatch(r"((test|cross_validation)_\w+ \d+\.\d{6}\n){4,}# EOF\n", file.read_text())
    assert "test_roc_auc 0.99" in file.read_text()
    assert capsys.readouterr().out == f"Wrote the metrics of example to {file}.\n"


def test_looks_where_training_publishes_by_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTIFACT_DIR", " ")
    publish(tmp_path / "artifacts", json.dumps(METADATA))
    assert run(monkeypatch, metrics_report, "reports/new/metrics.txt") is None
    assert (tmp_path / "reports" / "new" / "metrics.txt").read_text() == REPORT
    assert capsys.readouterr().out == "Wrote the metrics of v1 to reports/new/metrics.txt.\n"


def test_names_the_target_of_a_metric_as_a_label() -> None:
    test = {"r2": 0.5, "pinball_0.9": 2.0, "mae[rent]": 3.0, 'mae[a "b" \\ [c]\n]': 4.0}
    metadata = {"metrics": {"test": test, "cross_validation": {"rmse[rent]_mean": 5.0, "rmse_std": 6.0}}}
    assert metrics_report.format_metrics(metadata).splitlines() == [
        "test_r2 0.500000",
        "test_pinball_0_9 2.000000",
        'test_mae{target="rent"} 3.000000',
        r'test_mae{target="a \"b\" \\ [c]\n"} 4.000000',
        'cross_validation_rmse_mean{target="rent"} 5.000000',
        "cross_validation_rmse_std 6.000000",
        "# EOF",
    ]


@pytest.mark.parametrize("arguments", [[], ["file", "more"]])
def test_asks_where_to_write(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    assert run(monkeypatch, metrics_report, *arguments) == (
        "Say where to write it: python -m training.metrics_report FILE"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "KeyError('metrics')"),
        ("[]", "TypeError('list indices must be integers or slices, not str')"),
        ('{"metrics": []}', "AttributeError(\"'list' object has no attribute 'get'\")"),
        ('{"metrics": {"test": {"a": "b"}}}', "ValueError(\"Unknown format code 'f' for object of type 'str'\")"),
        ("{", "JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 2 (char 1)')"),
    ],
)
def test_says_that_there_are_no_metrics(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, reason: str
) -> None:
    monkeypatch.setenv("ARTIFACT_DIR", str(tmp_path))
    publish(tmp_path, text)
    assert run(monkeypatch, metrics_report, str(tmp_path / "file")) == (
        f"There is no report of {tmp_path}/current/metadata.json: {reason}. 'make train' publishes a version."
    )
    assert not (tmp_path / "file").exists()


def test_says_that_there_is_no_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARTIFACT_DIR", str(tmp_path))
    assert run(monkeypatch, metrics_report, "file") == (
        f"There is no report of {tmp_path}/current/metadata.json: "
        "FileNotFoundError(2, 'No such file or directory'). 'make train' publishes a version."
    )
