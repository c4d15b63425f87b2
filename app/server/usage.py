"""The usage of a worker, and what it counts elsewhere than in the metrics: reported to them."""

from __future__ import annotations

import mmap
import time

from app.logs import count_dropped_lines
from app.web.service import Service


def report_usage(service: Service) -> None:
    """Bring the metrics of `service` up to date in this worker; to be called about once a second."""
    metrics = service.monitor.workers
    metrics.set_usage(_read_resident_bytes(), time.process_time())
    metrics.set_dropped_lines(count_dropped_lines())
    if service.prediction_log is not None:
        metrics.set_kept_predictions(service.prediction_log.n_written, service.prediction_log.n_dropped)


def _read_resident_bytes() -> int:
    """Return how much memory this process holds; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0
