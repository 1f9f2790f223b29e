"""A moderator finds an entry by everything that its artist can quote."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from django.urls import reverse

from competitions.states import CompetitionState
from mycenas.accounts.models import Membership, Role
from submissions.exports import named_entries
from submissions.receipts.workflow import receipt_of
from submissions.review.export_filters import narrow
from submissions.states import SubmissionState as S
from tests.factories import (
    JPEG_HEAD,
    AwardFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
)

pytestmark = pytest.mark.django_db

LIST = reverse("admin:submissions_submission_changelist")
AWARDS = reverse("admin:submissions_award_changelist")

QUOTED = {
    "reference": lambda entry: entry.public_id,
    "reference with spaces": lambda entry: f"  {entry.public_id} ",
    "reference with its label": lambda entry: f"Reference {entry.public_id}",
    "reference in quotation marks": lambda entry: f"“{entry.public_id}”.",
    "reference behind a sign": lambda entry: f"#{entry.public_id}",
    "token": lambda entry: entry.token,
    "receipt URL": lambda entry: f"https://example.org{entry.receipt_url}?from=mail",
    "entry URL": lambda entry: f"https://example.org{entry.get_absolute_url()}",
    "picture URL": lambda entry: f"/entries/{entry.public_id}/320.webp",
    "line in the books": lambda entry: entry.ledger_name,
    "line in capitals": lambda entry: f" {entry.ledger_name.upper()}",
    "URL of its line": lambda entry: f"https://example.org{entry.ledger_url}",
    "SHA-256 of the token": lambda entry: entry.token_sha256,
    "SHA-256": lambda entry: entry.sha256,
    "SHA-256 in capitals": lambda entry: f"SHA-256: {entry.sha256.upper()}",
    "first digits of the SHA-256": lambda entry: entry.sha256[:8],
    "shortened SHA-256": lambda entry: f"{entry.sha256[:16].upper()}…",
    "first digits of the token's": lambda entry: entry.token_sha256[:9],
    "signed receipt": receipt_of,
    "e-mail address": lambda entry: entry.participant.email.upper(),
    "artist's name": lambda entry: entry.participant.name,
    "title": lambda entry: entry.title,
}


NAMES_NONE = (
    "e30.e30.e30",
    "a.W10.b",
    "a.eyJlbnRyeSI6IlwwMDAifQ.b",
    "a.eyJlbnRyeSI6Ilx1ZDgwMCJ9.b",
    "a.!.b",
    "a.\xff.b",
)


def test_a_decided_entry_is_found_by_all_that_can_be_quoted(signed_in):
    entry = SubmissionFactory(state=S.APPROVED, title="Tidal flats")
    other = SubmissionFactory(
        state=S.PENDING, competition=entry.competition, title="Harbour"
    )
    client = signed_in(moderator_of(entry))
    for quoted, of in QUOTED.items():
        answer = client.get(LIST, {"q": of(entry)})
        assert list(answer.context["cl"].result_list) == [entry], quoted
        assert other.title not in answer.content.decode(), quoted


def test_a_digest_does_not_lead_from_a_hidden_artist_to_a_named_one(signed_in):
    blind = CompetitionFactory(state=CompetitionState.OPEN, blind=True)
    place = CompetitionFactory(
        state=CompetitionState.OPEN, organization=blind.organization
    )
    same: Any = {"data": JPEG_HEAD + secrets.token_bytes(16), "state": S.PENDING}
    hidden = SubmissionFactory(competition=blind, **same)
    named = SubmissionFactory(competition=place, participant=hidden.participant, **same)
    client = signed_in(moderator_of(hidden))

    def found(text):
        return list(client.get(LIST, {"q": text}).context["cl"].result_list)

    assert found(hidden.sha256[:16]) == [hidden]
    assert found(named.public_id) == [named]
    for lookup in ("sha256", "sha256__exact", "sha256__in", "size", "dhash"):
        answer = client.get(LIST, {lookup: getattr(hidden, lookup.split("__")[0])})
        assert named.participant.name not in answer.content.decode(), lookup


def test_what_names_no_entry_finds_none(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    client = signed_in(moderator_of(entry))
    for text in NAMES_NONE:
        answer = client.get(LIST, {"q": text})
        assert answer.status_code == 200, text
        assert not answer.context["cl"].result_list, text


def test_fewer_digits_and_other_ones_find_no_file(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    client = signed_in(moderator_of(entry))
    other = "0" if entry.sha256[15] != "0" else "1"
    for text in (entry.sha256[:7], entry.sha256[1:9], f"{entry.sha256[:15]}{other}"):
        assert not client.get(LIST, {"q": text}).context["cl"].result_list, text


def test_part_of_an_address_finds_entries_for_those_who_read_it(signed_in):
    artist = UserFactory(name="Ada", email="someone.secret@example.org")
    entry = SubmissionFactory(state=S.APPROVED, participant=artist)
    elsewhere = SubmissionFactory(state=S.APPROVED, participant=artist)
    moderator = moderator_of(entry)

    def found(person, text):
        listed = signed_in(person).get(LIST, {"q": text}).context["cl"].result_list
        return set(listed)

    for text in ("secret", "@example.org", "someone.secret@example.or"):
        assert found(moderator, text) == set(), text
        assert found(organizer_of(entry), text) == {entry}, text
        narrowed = narrow(
            named_entries(entry.competition, moderator), {"search": text}, moderator
        )
        assert not narrowed.exists(), text
    assert found(moderator, artist.email.upper()) == {entry}
    # A person may have both roles, in different competitions.
    Membership.objects.create(
        user=moderator,
        organization=elsewhere.competition.organization,
        role=Role.ORGANIZER,
    )
    assert found(moderator, "secret") == {elsewhere}


def test_an_entry_of_another_organization_is_not_found(signed_in):
    mine, other = SubmissionFactory(state=S.PENDING), SubmissionFactory(state=S.PENDING)
    answer = signed_in(moderator_of(mine)).get(LIST, {"q": other.public_id})
    assert not answer.context["cl"].result_list


def test_a_prize_is_found_by_all_that_its_artist_can_quote(signed_in):
    award, other = (
        AwardFactory(submission=contest(CompetitionState.CLOSED).submissions.get())
        for _each in range(2)
    )
    person = organizer_of(award)
    organization = other.competition.organization
    Membership.objects.create(
        user=person, organization=organization, role=Role.ORGANIZER
    )
    client = signed_in(person)
    # The factory gives both entries one title, and their artists one name.
    shared = {"title", "artist's name"}
    for quoted, of in QUOTED.items():
        if quoted in shared:
            continue
        answer = client.get(AWARDS, {"q": of(award.submission)})
        assert list(answer.context["cl"].result_list) == [award], quoted
