"""Golden rows: real input, with the answers that the trained estimator gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts.manifest import check_keys


@dataclass(frozen=True)
class Golden:
    """Rows of real input with the answers that the trained estimator gave for them.

    instances : shape (n_instances, n_features); labels : class indices, shape (n_instances,);
    probabilities : shape (n_instances, n_classes).
    """

    instances: NDArray[np.float64]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def to_json(self) -> dict[str, Any]:
        """Return the rows and answers as JSON-ready values that read back bit for bit."""
        return {
            "instances": self.instances.tolist(),
            "labels": self.labels.tolist(),
            "probabilities": self.probabilities.tolist(),
        }

    @classmethod
    def from_json(cls, document: Any) -> Golden:
        """Return the golden rows that `document` holds. Raises `ValueError` where it is not of the format."""
        check_keys(document, {"instances", "labels", "probabilities"})
        try:
            golden = cls(
                instances=np.array(document["instances"], dtype=np.float64),
                labels=np.array(document["labels"], dtype=np.int64),
                probabilities=np.array(document["probabilities"], dtype=np.float64),
            )
        except (TypeError, OverflowError) as error:
            raise ValueError(str(error)) from error
        are_tables = (golden.instances.ndim, golden.labels.ndim, golden.probabilities.ndim) == (2, 1, 2)
        if not are_tables or not len(golden.instances) == len(golden.labels) == len(golden.probabilities):
            raise ValueError("instances, labels and probabilities must be tables of equal length")
        return golden
