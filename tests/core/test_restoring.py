"""A database from a backup has the same guards, told in other words."""

from __future__ import annotations

import pytest
from django.db import connection

from mycenas.core import guards
from mycenas.core.restoring import make_again, restored

pytestmark = pytest.mark.django_db


def test_guards_that_were_restored_are_the_expected_ones():
    before = guards.read_catalog()
    make_again()
    assert guards.read_catalog() != before
    assert guards.differences() == []
    # Restored once more they are told in the same words again.
    assert not any(restored().values())


def test_looking_for_the_other_words_changes_nothing():
    before = guards.read_catalog()
    assert {"constraint", "trigger"} <= {kind for kind, found in restored().items()
                                         if found}  # fmt: skip
    assert guards.read_catalog() == before


def test_a_guard_that_means_something_else_is_told():
    make_again()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE campaigns_campaign DROP CONSTRAINT campaign_known_state,"
            " ADD CONSTRAINT campaign_known_state CHECK (state IN ('draft', 'ended'))"
        )
    (sentence,) = guards.differences()
    assert "campaign_known_state is different" in sentence
