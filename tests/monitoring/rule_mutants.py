"""Wrong rules: what stands there, what a careless hand could make of it, and the test that must notice."""

from __future__ import annotations

Mutant = tuple[str, str, str]

MUTANTS: list[Mutant] = [
    ('up{job="ml-service"} == 0', "up == 0", "another service of the same Prometheus is in trouble"),
    ("        for: 1m\n", "", "one scrape fails"),
    (' or absent(up{job="ml-service"})', "", "Prometheus knows of no such service"),
    ("0 < workers_ready", "workers_ready", "no worker is ready"),
    ('cause!="retired"', 'cause!="crashed"', "two workers crash, and many retire"),
    ("[15m])) >= 3", "[15m])) >= 2", "two workers crash, and many retire"),
    ("14.4 * 0.001", "14.4 * 0.01", "2.5 % of the predictions fail, after hours without a fault"),
    (
        " and job:prediction_errors:ratio_rate5m > 14.4 * 0.001",
        "",
        "2.5 % of the predictions fail, after hours without a fault",
    ),
    ("6 * 0.001", "60 * 0.001", "1 % of the predictions fail for hours"),
    ("ratio_rate3d > 0.001", "ratio_rate3d > 0.01", "0.3 % of the predictions fail for hours, and then none"),
    (" and job:prediction_errors:ratio_rate6h > 0.001", "", "0.3 % of the predictions fail for hours, and then none"),
    ("increase3d >= 10", "increase3d >= 0", "few predictions, of which a third fail"),
    ('status=~"5.."', 'status="500"', "1 % of the predictions fail for hours"),
    ('le="0.1"', 'le="0.25"', "20 % of the predictions are slow, after hours without it"),
    ("14.4 * 0.01 ", "144 * 0.01 ", "20 % of the predictions are slow, after hours without it"),
    ("6 * 0.01 ", "60 * 0.01 ", "7 % of the predictions are slow for hours"),
    (
        'route!="/ready"',
        'route!="/none"',
        "a page of the documentation fails, and /ready says no",
    ),
    ("ratio_rate5m > 0.05\n", "ratio_rate5m > 0\n", "requests queue, and are served soon"),
    ("ratio_rate15m > 0.8", "ratio_rate15m > 0.4", "the workers are busy half of the time"),
    (
        "increase30m offset 1d >= 10",
        "increase1h offset 1h >= 0",
        "the traffic ends as it did the day before",
    ),
    (">= 10\n        for: 30m\n", ">= 10\n", "the service was away for a day, and nobody asks yet"),
    ("<= 3 * job", "<= 0 * job", "clients have always sent much that is refused"),
    ("increase1h >= 20", "increase1h >= 0", "few predictions, of which half are refused"),
    ('refused{job="ml-service"} == 1', "refused == 2", "a reload is refused, and the next one accepted"),
    ("/ 86400 > 90", "/ 86400 > 80", "the model is 89 days old"),
    ('features{job="ml-service"} > 0\n        for: 30m', "features > 0", "a feature drifts for a moment"),
    ('psi{job="ml-service"} >= 0.2', "psi > 0.2", "the predictions drift"),
    ('outcome="dropped"', 'outcome="written"', "records of predictions are dropped"),
]


def name_mutant(mutant: Mutant) -> str:
    """Return what a test of the mutant is called."""
    return f"{mutant[0]} | {mutant[1]}"
