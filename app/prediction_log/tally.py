"""The tally of the predictions of one version, in which a retry counts once."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Tally:
    """Counts the predictions of a version in 12 bytes a request: a digest tells a retry."""

    digests: array[int] = field(default_factory=lambda: array("Q"))
    lengths: array[int] = field(default_factory=lambda: array("I"))

    def add(self, request_id: str, predicted: NDArray[np.float64]) -> None:
        """Count a request with what was predicted for its instances, of shape (n, n_targets)."""
        key = request_id.encode() + b"\n" + predicted.tobytes()
        digest = hashlib.blake2b(key, digest_size=8).digest()
        self.digests.append(int.from_bytes(digest, "little"))
        self.lengths.append(len(predicted))

    def count(self) -> int:
        """Return how many instances were predicted."""
        _, places = np.unique(np.asarray(self.digests), return_index=True)
        return int(np.asarray(self.lengths)[places].sum())
