"""A database from a backup has the same guards, told in other words."""

from __future__ import annotations

import pytest
from django.db import connection

from mycenas.core.states import db_invariants
from mycenas.core.states.db_invariants import make_again, restored

pytestmark = pytest.mark.django_db


def test_guards_that_were_restored_are_the_expected_ones():
    before = db_invariants.read_catalog()
    make_again()
    assert db_invariants.read_catalog() != before
    assert db_invariants.differences() == []
    # Restored once more they are told in the same words again.
    assert not any(restored().values())


def test_looking_for_the_other_words_changes_nothing():
    before = db_invariants.read_catalog()
    different = {kind for kind, found in restored().items() if found}
    assert different >= {"constraint", "trigger", "unique index"}
    assert db_invariants.read_catalog() == before


def test_a_guard_that_means_something_else_is_told():
    make_again()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE campaigns_campaign DROP CONSTRAINT campaign_known_state,"
            " ADD CONSTRAINT campaign_known_state CHECK (state IN ('draft', 'ended'))"
        )
    (sentence,) = db_invariants.differences()
    assert "campaign_known_state is different" in sentence
