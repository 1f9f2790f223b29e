"""The audit told as a story."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.urls import reverse

from competitions import workflow
from mycenas.accounts.models import Role
from mycenas.celery import app
from mycenas.core.audit.actor import acting
from mycenas.core.audit.history import Change, history_of
from mycenas.core.audit.values import NOTHING
from submissions.review import workflow as review
from submissions.states import SubmissionState as S
from tests.core.audit.test_values import write
from tests.factories import (
    DAY,
    CompetitionFactory,
    OrganizationFactory,
    PrizeFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    staff,
    timezone,
)
from tests.form_data import filled

pytestmark = pytest.mark.django_db

PARTS = (
    ("competitions_category", "competition_id"),
    ("competitions_prize", "competition_id"),
)
DEADLINE = datetime(2199, 5, 1, 12, 30, tzinfo=UTC)


def move_deadline(competition, reason="Trains are on strike."):
    by = organizer_of(competition)
    with acting(lambda: (by.pk, "admin:competitions_competition_do")):
        workflow.extend_deadline(
            competition, closes_at=DEADLINE + DAY, reason=reason, by=by
        )
    return by


def test_a_moved_deadline_is_told_from_what_to_what_and_why():
    competition = CompetitionFactory(state="open", closes_at=DEADLINE)
    by = move_deadline(competition)
    event = history_of(competition)[-1]
    assert (event.who, event.what) == (str(by), "competition changed")
    assert event.reason == "Trains are on strike."
    assert (
        Change(
            "deadline",
            "Wednesday, 1 May 2199, 12:30:00 (UTC)",
            "Thursday, 2 May 2199, 12:30:00 (UTC)",
        )
        in event.changes
    )


def test_the_desks_page_tells_it_in_one_sentence(signed_in):
    competition = CompetitionFactory(state="open", closes_at=DEADLINE)
    by = move_deadline(competition)
    page = signed_in(by).get(
        reverse("admin:competitions_competition_history", args=[competition.pk])
    )
    text = " ".join(page.content.decode().split())
    assert "competition changed because “Trains are on strike.”" in text
    assert (
        "deadline: from <del>Wednesday, 1 May 2199, 12:30:00 (UTC)</del>"
        " to <ins>Thursday, 2 May 2199, 12:30:00 (UTC)</ins>" in text
    )
    assert str(by) in text


def test_what_people_wrote_is_shown_as_text(signed_in):
    competition = CompetitionFactory(state="open", closes_at=DEADLINE)
    by = move_deadline(competition, reason="<script>alert(1)</script>")
    page = signed_in(by).get(
        reverse("admin:competitions_competition_history", args=[competition.pk])
    )
    assert "<script>alert(1)" not in page.content.decode()


def test_the_history_is_for_those_who_may_see_the_row(signed_in):
    competition = CompetitionFactory(state="open")
    stranger = organizer_of(CompetitionFactory())
    address = reverse("admin:competitions_competition_history", args=[competition.pk])
    assert signed_in(stranger).get(address).status_code == 404


def test_parts_are_told_with_the_whole_and_in_order():
    competition = CompetitionFactory()
    prize = PrizeFactory(competition=competition, name="Gold")
    PrizeFactory(name="Of another competition")
    prize.delete()
    events = history_of(competition, PARTS)
    told = [event.what for event in events]
    assert told[0] == "competition made"
    assert told.count("prize made") == 2
    assert told[-1] == "prize deleted"
    assert Change("name", "Gold", NOTHING) in events[-1].changes
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_states_are_told_by_their_names():
    entry = SubmissionFactory(state=S.PENDING)
    review.reject(entry, reason="Blurred.", by=moderator_of(entry))
    event = history_of(entry)[-1]
    assert Change("state", "in review", "not accepted") in event.changes
    assert event.reason == "Blurred."


def test_fields_of_the_machinery_stand_apart():
    events = history_of(SubmissionFactory(state=S.PENDING))
    visible = {change.name for event in events for change in event.visible}
    internal = {change.name for event in events for change in event.internal}
    assert {"title", "state", "SHA-256"} <= visible
    assert {"dhash", "lease owner", "original"} <= internal
    assert not visible & internal


def test_a_task_is_told_as_by_itself():
    competition = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    app.tasks["competitions.keep_deadlines"]()
    assert history_of(competition)[-1].who == "by itself (competitions.keep_deadlines)"


def test_sql_by_hand_is_told_as_such():
    competition = CompetitionFactory()
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        role = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE competitions_competition SET title = 'x' WHERE id = %s",
            [competition.pk],
        )
    assert history_of(competition)[-1].who == f"SQL by hand, as {role}"


def test_somebody_who_has_left_is_told_by_number():
    competition = CompetitionFactory()
    person = UserFactory()
    number = person.pk
    with acting(lambda: (number, "page")):
        competition.title = "Another"
        competition.save()
    person.delete()
    assert history_of(competition)[-1].who == f"person {number}, removed"


def test_a_column_that_no_model_knows_any_more_keeps_its_name():
    """The record outlives the column."""
    competition = CompetitionFactory()
    write(competition, gone=["a", "b"])
    assert history_of(competition)[-1].changes == (Change("gone", "a", "b"),)


def test_people_and_organizations_have_their_history(signed_in):
    organization = OrganizationFactory(name="The hall")
    person = staff(Role.JUROR, organization, name="Ada")
    client = signed_in(UserFactory(is_staff=True, is_superuser=True, name="Root"))
    for row in (organization, person):
        name = f"admin:accounts_{row._meta.model_name}"
        page = reverse(f"{name}_change", args=[row.pk])
        client.post(page, filled(client.get(page), name="Other"))
        text = client.get(reverse(f"{name}_history", args=[row.pk])).text
        assert "membership made" in text
        assert f"{row._meta.verbose_name} changed" in text
        assert "Root" in text
        assert "<ins>Other</ins>" in text


def test_rows_without_a_journal_have_the_log_of_the_admin_with_zones(signed_in):
    address = EmailAddress.objects.create(user=UserFactory(), email="a@example.org")
    client = signed_in(UserFactory(is_staff=True, is_superuser=True))
    page = reverse("admin:account_emailaddress_change", args=[address.pk])
    client.post(page, filled(client.get(page), email="b@example.org"))
    page = reverse("admin:account_emailaddress_history", args=[address.pk])
    text = client.get(page).text
    assert "Changed" in text
    assert "(UTC)</time>" in text


def test_people_are_named_and_a_hidden_artist_is_not():
    competition = CompetitionFactory(state="open", blind=True)
    ada = UserFactory(name="Ada")
    competition.roles.create(user=ada, role=Role.JUROR)
    parts = (("roles_competitionrole", "competition_id"),)
    (given,) = [
        change
        for event in history_of(competition, parts)
        for change in event.changes
        if change.after == "Ada"
    ]
    assert given.before == NOTHING
    entry = SubmissionFactory(competition=competition, participant=ada, state=S.PENDING)
    by = moderator_of(entry)
    with acting(lambda: (by.pk, "test")):
        review.approve(entry, by=by)
    told = str(history_of(entry))
    assert str(by) in told
    assert "Ada" not in told
