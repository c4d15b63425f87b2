from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from app.prediction_log.reading import LogBroken, PredictionRecord, read_predictions
from app.prediction_log.record import encode_line
from tests.support.prediction_logs import CLOSED_NAME, OPEN_NAME, build_record, write_file


def read_ids(records: Iterator[PredictionRecord]) -> list[str]:
    return [record.request_id for record in records]


def test_reads_closed_and_open_files_in_the_order_of_their_creation(tmp_path: Path) -> None:
    write_file(tmp_path, [build_record("c")], OPEN_NAME)
    write_file(tmp_path, [build_record("a"), build_record("b")])
    assert read_ids(read_predictions(tmp_path)) == ["a", "b", "c"]


def test_reads_what_was_written(tmp_path: Path) -> None:
    written = build_record("a", "v7", labels=[1, 0])
    write_file(tmp_path, [written])
    (record,) = read_predictions(str(tmp_path))
    assert (record.time, record.request_id, record.model_version) == (written.time, "a", "v7")
    assert (record.instances.tobytes(), len(record)) == (written.instances.tobytes(), 2)


def test_passes_over_files_of_others(tmp_path: Path) -> None:
    for name in (".lock", "notes.jsonl", f"{CLOSED_NAME}.gz"):
        (tmp_path / name).write_text("no record")
    assert read_ids(read_predictions(tmp_path)) == []


def test_passes_over_a_line_that_is_being_written(tmp_path: Path) -> None:
    path = write_file(tmp_path, [build_record("a")], OPEN_NAME)
    records = read_predictions(tmp_path)
    with path.open("ab", buffering=0) as file:
        file.write(encode_line(build_record("b"))[:40])
        assert read_ids(records) == ["a"]
        file.write(encode_line(build_record("b"))[40:])
    assert read_ids(read_predictions(tmp_path)) == ["a", "b"]


def test_stops_at_a_line_that_is_finished_just_after_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class GrowingFile(BytesIO):
        """Ends in the middle of a line at first, and goes on from there."""

        def __iter__(self) -> Iterator[bytes]:
            line = encode_line(build_record("b"))
            return iter([encode_line(build_record("a")), line[:40], line[40:]])

    write_file(tmp_path, [], OPEN_NAME)
    monkeypatch.setattr(Path, "open", lambda *_: GrowingFile())
    assert read_ids(read_predictions(tmp_path)) == ["a"]


def test_a_torn_line_in_a_closed_file_is_named(tmp_path: Path) -> None:
    path = write_file(tmp_path, [build_record("a")])
    path.write_bytes(path.read_bytes() + encode_line(build_record("b"))[:-1])
    with pytest.raises(LogBroken) as broken:
        read_ids(read_predictions(tmp_path))
    assert str(broken.value) == f"{path}, line 2 has no end."


@pytest.mark.parametrize("name", [CLOSED_NAME, OPEN_NAME])
def test_names_the_file_and_the_line_that_is_broken(tmp_path: Path, name: str) -> None:
    path = write_file(tmp_path, [build_record("a")] * 3, name)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\0" * 10 + lines[1] + lines[2])
    with pytest.raises(LogBroken) as broken:
        read_ids(read_predictions(tmp_path))
    assert str(broken.value) == f"{path}, line 2 is not JSON."


def test_finds_a_file_that_is_closed_meanwhile_and_passes_over_one_that_is_removed(tmp_path: Path) -> None:
    write_file(tmp_path, [build_record("a")])
    closing = write_file(tmp_path, [build_record("b")], OPEN_NAME)
    doomed = write_file(tmp_path, [build_record("c")], OPEN_NAME.replace("T16", "T17"))
    records = read_predictions(tmp_path)
    assert next(records).request_id == "a"
    closing.rename(closing.with_suffix(""))
    doomed.unlink()
    assert read_ids(records) == ["b"]


def test_an_empty_folder_has_no_predictions_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    assert read_ids(read_predictions(tmp_path)) == []
    with pytest.raises(FileNotFoundError):
        read_ids(read_predictions(tmp_path / "none"))
