"""The current version's metrics, for GitLab to show them: `python -m training.metrics_report FILE`.

The format is that of OpenMetrics: a name and a value a line.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

_PARTS = ("test", "cross_validation")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")


def format_metrics(metadata: dict[str, Any]) -> str:
    """Return a line for each metric of the test part and of the cross-validation."""
    rows = [(part, name, value) for part in _PARTS for name, value in metadata["metrics"].get(part, {}).items()]
    return "".join(f"{_name_sample(part, name)} {value:.6f}\n" for part, name, value in rows) + "# EOF\n"


def _name_sample(part: str, metric: str) -> str:
    """Return the name of a metric in the format, with the target that it is of as a label."""
    name, _, rest = metric.partition("[")
    target, _, statistic = rest.rpartition("]")
    plain = _NOT_IN_NAMES.sub("_", f"{part}_{name}{statistic}")
    escaped = target.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{plain}{{target="{escaped}"}}' if target else plain


def main() -> None:
    """Write the report of the version that is current in ARTIFACT_DIR."""
    if len(sys.argv) != 2:
        sys.exit("Say where to write it: python -m training.metrics_report FILE")
    source = Path(os.environ.get("ARTIFACT_DIR", "").strip() or "artifacts") / "current" / "metadata.json"
    file = Path(sys.argv[1])
    try:
        report = format_metrics(json.loads(source.read_bytes()))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(report)
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        sys.exit(f"There is no report of {source}: {error!r}. 'make train' publishes a version.")
    print(f"Wrote the metrics of {source.parent.resolve().name} to {file}.")


if __name__ == "__main__":
    main()
