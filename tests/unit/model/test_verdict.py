"""What a trial is believed: a pickle may have written the verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.artifacts import ArtifactCorrupt, ArtifactError
from app.model.verdict import TrialCutShort, encode_cut, encode_fault, encode_outcome, encode_refusal, parse_verdict


def test_passes_on_which_libraries_are_needed_and_what_was_measured() -> None:
    outcome = parse_verdict(encode_outcome({"sklearn.svm": 1, "numpy": 1, "scipy": None, "os": 1}, {"a": 0.5}), "v1")
    assert (outcome.modules, outcome.measured) == (["sklearn.svm", "numpy"], {"a": 0.5})


def test_has_nothing_imported_that_is_of_no_library() -> None:
    modules = ["numpy", "antigravity", "sklearnish", "", None, 1, ["numpy"], "numpy.linalg"]
    outcome = parse_verdict(json.dumps({"modules": modules, "measured": {}}).encode(), "v1")
    assert outcome.modules == ["numpy", "numpy.linalg"]


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (encode_fault("odd"), ArtifactCorrupt),
        (encode_refusal("odd"), ArtifactError),
        (encode_cut("odd"), TrialCutShort),
    ],
)
def test_raises_what_the_verdict_is(verdict: bytes, kind: type[ArtifactError]) -> None:
    with pytest.raises(ArtifactError) as refused:
        parse_verdict(verdict, "v1")
    assert type(refused.value) is kind
    assert getattr(refused.value, "fault", str(refused.value)) == "odd"


@pytest.mark.parametrize("verdict", [b"", b"\xff", b"{", b"[]", b"{}", b'{"modules": []}', b'{"measured": {}}'])
def test_believes_nothing_else(verdict: Any) -> None:
    with pytest.raises(TrialCutShort) as refused:
        parse_verdict(verdict, "v1")
    assert refused.value.fault == "trying it ended without a word"
