from __future__ import annotations

from pathlib import Path

import pytest

from app.prediction_log.labels import Labels, LabelsInvalid, read_labels

HEADER_RULE = (
    "line 1 must be the header request_id,label, request_id,class, request_id,value, and instance and target after it "
    "where they are needed."
)
LABEL_RULE = "is not the index of a class: the header request_id,class is for classes themselves."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file of labels stands."""
    return tmp_path / "labels.csv"


@pytest.mark.parametrize(
    "text",
    [
        "request_id,label,instance\na,1,0\na,0,1\nb-2.c_d,2,0\n",
        "label,instance,request_id\r\n1,0,a\r\n0,1,a\r\n2,0,b-2.c_d",
        '\ufeffrequest_id,label,instance\na,1,0\n\na,0,1\n"b-2.c_d", 2 ,0\n',
        "request_id,label,instance\na,1,0\na,0,1\nb-2.c_d,2,0\na,1,0\n",
    ],
    ids=["plain", "in another order", "from a spreadsheet", "said twice"],
)
def test_reads_labels_by_request_and_instance(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    assert read_labels(path) == Labels("label", {"a": {(0, None): 1, (1, None): 0}, "b-2.c_d": {(0, None): 2}})


def test_a_label_without_an_instance_is_of_the_first(path: Path) -> None:
    path.write_text("request_id,label\na,1\n")
    assert read_labels(path) == Labels("label", {"a": {(0, None): 1}})


def test_reads_classes_themselves(path: Path) -> None:
    path.write_text("request_id,class\na,benign\nb, true\nc,3\n")
    assert read_labels(path).by_request == {"a": {(0, None): "benign"}, "b": {(0, None): "true"}, "c": {(0, None): "3"}}


def test_reads_values(path: Path) -> None:
    path.write_text("value,request_id\n1e3,a\n-0.25,b\n7,c\n")
    labels = read_labels(path)
    assert labels.column == "value"
    assert labels.by_request == {"a": {(0, None): 1000.0}, "b": {(0, None): -0.25}, "c": {(0, None): 7.0}}


def test_reads_which_target_is_meant(path: Path) -> None:
    path.write_text("request_id,instance,target,label\na,1,tall,1\na,1,kind,0\na,0,,1\n")
    assert read_labels(path).by_request == {"a": {(1, "tall"): 1, (1, "kind"): 0, (0, None): 1}}


def test_minus_one_is_the_label_of_an_outlier(path: Path) -> None:
    path.write_text("request_id,label\na,-1\n")
    assert read_labels(path).by_request == {"a": {(0, None): -1}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", HEADER_RULE),
        ("a,1\n", HEADER_RULE),
        ("request_id\na\n", HEADER_RULE),
        ("request_id,label,instnace\na,1,0\n", HEADER_RULE),
        ("request_id,label,label\na,1,0\n", HEADER_RULE),
        ("request_id,label\na,1\na\n", "line 3 has 1 values where there are 2 columns."),
        ("request_id,label\na,1,0\n", "line 2 has 3 values where there are 2 columns."),
        ("request_id,label\n\na,benign\n", f"line 3 has no label: 'benign' {LABEL_RULE}"),
        ("request_id,label\na,1.0\n", f"line 2 has no label: '1.0' {LABEL_RULE}"),
        ("request_id,label\na,-2\n", f"line 2 has no label: '-2' {LABEL_RULE}"),
        ("request_id,label,value\na,1,2\n", HEADER_RULE),
        ("request_id,class\na,\n", "line 2 has no class: '' is none."),
        ("request_id,value\na,high\n", "line 2 has no value: 'high' is not a finite number."),
        ("request_id,value\na,nan\n", "line 2 has no value: 'nan' is not a finite number."),
        ("request_id,value\na,1e999\n", "line 2 has no value: '1e999' is not a finite number."),
        ("request_id,value\na,1\na,2\n", "line 3 gives another value for instance 0 of a: 2.0."),
        ("request_id,label\na,٣\n", f"line 2 has no label: '٣' {LABEL_RULE}"),
        ("request_id,label\n,1\n", "line 2 has no request_id: '' is not a request id."),
        ("request_id,label\na b,1\n", "line 2 has no request_id: 'a b' is not a request id."),
        ("request_id,label,instance\na,1,\n", "line 2 has no instance: '' is not a row of a batch."),
        ("request_id,label\na,1\na,0\n", "line 3 gives another label for instance 0 of a: 0."),
        ('request_id,label\na,1\n"b,1\n', "line 3 cannot be read: unexpected end of data."),
    ],
)
def test_names_the_line_that_is_wrong(path: Path, text: str, sentence: str) -> None:
    path.write_bytes(text.encode())
    with pytest.raises(LabelsInvalid) as refused:
        read_labels(path)
    assert str(refused.value) == sentence


def test_names_the_line_that_is_not_utf_8(path: Path) -> None:
    path.write_bytes(b"request_id,label\na,1\nb\xff,1\n")
    with pytest.raises(LabelsInvalid, match="^line 3 has no request_id: "):
        read_labels(path)


def test_names_the_line_of_a_class_that_is_not_utf_8(path: Path) -> None:
    path.write_bytes(b"request_id,class\na,\xff\n")
    with pytest.raises(LabelsInvalid, match="^line 2 has no class: "):
        read_labels(path)
