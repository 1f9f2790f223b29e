"""One document, one sequence of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycenas.core.canonical import NotCanonicalError, canonical_bytes, read_canonical

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_what_is_written_is_read_back(value):
    data = canonical_bytes(value)
    assert read_canonical(data) == value
    assert data.isascii()


def test_the_order_of_keys_is_no_matter():
    assert canonical_bytes({"b": 1, "a": [2]}) == b'{"a":[2],"b":1}\n'
    assert canonical_bytes({"a": [2], "b": 1}) == canonical_bytes({"b": 1, "a": [2]})


@pytest.mark.parametrize(
    "value", [1.0, 0.5, float("nan"), (1, 2), {1: 2}, {"a": [0.1]}]
)
def test_a_value_that_would_not_be_read_back_is_refused(value):
    with pytest.raises(NotCanonicalError):
        canonical_bytes(value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1}',
        b'{"a": 1}\n',
        b'{"b":1,"a":1}\n',
        b'{"a":1,"a":1}\n',
        b'{"a":1.0}\n',
        b'{"a":NaN}\n',
        '"é"\n'.encode(),
        b"\xff\n",
        b"{\n",
        b"[" * 100_000,
    ],
)
def test_another_form_of_a_document_is_refused(data):
    with pytest.raises(NotCanonicalError):
        read_canonical(data)
