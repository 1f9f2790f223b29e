"""The document has one form, and is refused in any other."""

from __future__ import annotations

import json

import pytest

from mycenas.core.canonical import NotCanonicalError, canonical_bytes
from submissions.judging.counting.inputs import CountingError
from submissions.judging.counting.methods import METHODS, count
from tests.submissions.judging.counting.test_replay import example


def changed(**parts) -> bytes:
    return canonical_bytes(json.loads(example("borda")) | parts)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"format": "mycenas-round/2"}, "not one of method borda 1"),
        ({"version": 2}, "not one of method borda 1"),
        ({"method": "dice"}, "no method 'dice'"),
        ({"note": ""}, "exactly the fields"),
        ({"quorum": "3"}, "quorum is not of type int"),
        ({"quorum": True}, "quorum is not of type int"),
        ({"jurors": ["J2", "J1", "J3"]}, "jurors are not sorted"),
        ({"jurors": ["J1", "J1", "J2", "J3"]}, "there twice"),
        ({"jurors": ["", "J1", "J2", "J3"]}, "no name"),
        ({"jurors": ["J1", "J2", "J3", 4]}, "not sorted|no name"),
        ({"draw": ["E0"]}, "draw does not contain every entry once"),
        ({"recused": [["J9", "E0"]]}, "names no juror"),
        ({"recused": [["J1"]]}, "names no juror"),
        ({"recused": [["J1", "E0"]]}, "J1 is recused from E0"),
    ],
)
def test_a_document_of_another_form_is_refused(parts, sentence):
    with pytest.raises(CountingError, match=sentence):
        count(changed(**parts))


def test_the_bytes_must_be_canonical():
    with pytest.raises(NotCanonicalError):
        count(example("borda").replace(b",", b", "))


@pytest.mark.parametrize("document", [[], {}, "borda", None])
def test_what_is_no_round_is_refused(document):
    with pytest.raises(CountingError, match="no method"):
        count(canonical_bytes(document))


@pytest.mark.parametrize("method", METHODS)
def test_a_round_without_readings_ranks_nothing(method):
    document = json.loads(example(method)) | {"readings": []}
    found = json.loads(count(canonical_bytes(document)))
    assert found["unranked"] == ([] if method == "stv" else document["entries"])
    assert [entry for entry, n in found["quorum"]["short"]] == document["entries"]
