"""Near-duplicates: found by index, in the organization, as far as one moderates it."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mycenas.accounts.models import Role
from submissions.processing import workflow as processing
from submissions.review.likeness import BITS, MOST_BITS, near
from submissions.review.queue import queue
from submissions.states import SubmissionState as S
from tests.database.tools import one
from tests.factories import (
    PICTURE,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
)

pytestmark = pytest.mark.django_db

HASH = 0x5A3C_99E1_70B4_1D2F


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=9)


def entry_with(dhash, competition, **facts):
    entry = SubmissionFactory(state=S.PROCESSING, competition=competition, **facts)
    signed = dhash - (1 << BITS) if dhash >> BITS - 1 else dhash
    processing.commit(entry, replace(PICTURE, dhash=signed))
    entry.refresh_from_db()
    return entry


def differing(dhash, *bits):
    for bit in bits:
        dhash ^= 1 << bit
    return dhash


def page_of(entry):
    return reverse("admin:submissions_submission_review", args=[entry.pk])


def test_entries_that_differ_in_few_bits_are_found_wherever_these_are(competition):
    entry = entry_with(HASH, competition)
    chance = random.Random(7)
    spread = [(0, 17, 34, 51, 1, 18, 35), range(7), (63,), (), range(57, 64)]
    spread += [chance.sample(range(BITS), count) for count in range(MOST_BITS + 1)]
    expected = {
        entry_with(differing(HASH, *bits), competition).pk: len(bits) for bits in spread
    }
    for bits in ((0, 1, 16, 17, 32, 33, 48, 49), range(8), range(BITS)):
        entry_with(differing(HASH, *bits), competition)
    assert near(entry) == expected
    assert list(near(entry).values()) == sorted(expected.values())


@pytest.mark.parametrize("dhash", [0, (1 << BITS) - 1, 1 << BITS - 1, HASH])
def test_signs_make_no_difference(competition, dhash):
    first = entry_with(dhash, competition)
    other = entry_with(differing(dhash, BITS - 1, 0), competition)
    assert near(first) == {other.pk: 2}
    assert near(other) == {first.pk: 2}


def test_only_the_organization_is_searched_and_identical_files_are_left_out(
    competition,
):
    entry = entry_with(HASH, competition, data=b"\xff\xd8\xff\xe0 one")
    earlier = CompetitionFactory(state="open", organization=competition.organization)
    copy = entry_with(HASH, earlier)
    entry_with(HASH, CompetitionFactory(state="open"))
    entry_with(HASH, earlier, data=b"\xff\xd8\xff\xe0 one")
    assert near(entry) == {copy.pk: 0}
    undecoded = SubmissionFactory(state=S.RECEIVED, competition=competition)
    assert near(undecoded) == {}


def test_the_page_shows_both_pictures_and_how_many_bits_differ(competition, signed_in):
    entry = entry_with(HASH, competition)
    other = entry_with(differing(HASH, 3, 40), competition, title="Dusk again")
    page = signed_in(moderator_of(competition)).get(page_of(entry)).text
    section = page[page.index('id="similar"') :]
    assert "Dusk again" in section
    assert "2 of 64 bits differ" in section
    pictures = re.findall(r'<img src="([^"]+)"', section)[:2]
    assert pictures == [entry.rendition(320).url, other.rendition(320).url]


def test_similar_pictures_beyond_the_shown_are_in_the_list(
    competition, signed_in, monkeypatch
):
    entry = entry_with(HASH, competition)
    found = {
        entry_with(differing(HASH, *range(bits)), competition).pk for bits in range(4)
    }
    client = signed_in(moderator_of(competition))
    assert "see all in the list" not in client.get(page_of(entry)).text
    monkeypatch.setattr(queue, "MOST_SHOWN", 3)
    page = client.get(page_of(entry)).text
    (address,) = re.findall(r'<a href="([^"]+)"[^>]*>\s*1 more: see all', page)
    rows = client.get(unescape(address)).context["cl"].queryset
    assert {one.pk for one in rows} == found


@pytest.mark.parametrize("is_in_all", [True, False])
def test_a_moderator_sees_the_similar_pictures_of_own_competitions_only(
    competition, signed_in, is_in_all
):
    entry = entry_with(HASH, competition)
    earlier = CompetitionFactory(state="open", organization=competition.organization)
    entry_with(HASH, earlier, title="Elsewhere")
    person = moderator_of(competition) if is_in_all else UserFactory()
    if not is_in_all:
        competition.roles.create(user=person, role=Role.MODERATOR)
    page = signed_in(person).get(page_of(entry))
    assert page.status_code == 200
    assert ("Elsewhere" in page.text) is is_in_all


def test_the_index_of_each_quarter_has_the_expression_of_the_query(competition):
    """PostgreSQL takes an index for the very expression; in small tables for none."""
    with CaptureQueriesContext(connection) as captured:
        near(entry_with(HASH, competition))
    (sql,) = [q["sql"] for q in captured if "bit_count" in q["sql"]]
    for shift in (0, 16, 32, 48):
        assert f"((dhash >> {shift}) & 65535) = ANY" in sql
        definition = "SELECT indexdef FROM pg_indexes WHERE indexname = %s"
        index = one(definition, [f"submission_hash_{shift}"])
        assert f"(((dhash >> {shift}) & (65535)::bigint))" in index
