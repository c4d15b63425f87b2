from __future__ import annotations

import pickle

import pytest

from app.artifacts import ArtifactError, ArtifactNotFound

SENTENCE = "There is no version v3 in artifacts."


@pytest.mark.parametrize("kind", [ArtifactError, FileNotFoundError, OSError])
def test_a_missing_artifact_is_caught_as_a_missing_file_as_well(kind: type[Exception]) -> None:
    with pytest.raises(kind) as refused:
        raise ArtifactNotFound(SENTENCE)
    assert str(refused.value) == SENTENCE


def test_keeps_its_sentence_on_its_way_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(ArtifactNotFound(SENTENCE)))
    assert (type(copy), str(copy)) == (ArtifactNotFound, SENTENCE)
