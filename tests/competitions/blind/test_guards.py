"""What PostgreSQL keeps of blind competitions."""

from __future__ import annotations

import pytest
from django.utils import timezone

from competitions.blind.models import Unblinding
from competitions.blind.workflow import unblind
from mycenas.accounts.models import Role
from tests.database.tools import drop_guard, one, raw, refused
from tests.factories import (
    CompetitionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
)

pytestmark = pytest.mark.django_db

BLIND = "UPDATE competitions_competition SET blind = {} WHERE id = %s"
SHOW = (
    "INSERT INTO blind_unblinding (competition_id, user_id, reason, at)"
    " VALUES (%s, %s, %s, '2001-01-01')"
)
ACTOR = "SELECT set_config('mycenas.actor', %s, true)"


@pytest.fixture
def blind():
    return CompetitionFactory(state="open", blind=True)


@pytest.mark.parametrize("state", ["open", "moderation", "closed"])
def test_whether_it_is_blind_is_fixed_once_it_is_open(state):
    for is_blind in (False, True):
        competition = contest(state, blind=is_blind)
        harm = BLIND.format(not is_blind)
        assert refused(harm, [competition.pk]) == "competition_blind_fixed"
        assert refused(BLIND.format(is_blind), [competition.pk]) == ""
    drop_guard("competition_blind_stays")
    assert refused(harm, [competition.pk]) == ""


def test_a_draft_may_become_blind_and_stop_being_so():
    draft = CompetitionFactory()
    for is_blind in (True, False, True):
        assert raw(BLIND.format(is_blind), [draft.pk]) == 1


def test_the_showing_of_artists_is_stamped_and_stays(blind):
    made = unblind(blind, reason="A complaint.", by=organizer_of(blind))
    for change in ("reason = 'x'", "at = now()", "user_id = user_id"):
        sql = f"UPDATE blind_unblinding SET {change} WHERE id = %s"
        assert refused(sql, [made.pk]) == "unblinding_stays", change
    delete = "DELETE FROM blind_unblinding WHERE id = %s"
    assert refused(delete, [made.pk]) == "unblinding_stays"
    another = UserFactory(is_superuser=True)
    assert raw(SHOW, [blind.pk, another.pk, "By hand."]) == 1
    at = one("SELECT at FROM blind_unblinding WHERE user_id = %s", [another.pk])
    assert (timezone.now() - at).total_seconds() < 60


def test_it_has_a_reason_and_happens_once(blind):
    organizer = organizer_of(blind)
    values = [blind.pk, organizer.pk]
    assert refused(SHOW, [*values, ""]) == "unblinding_has_reason"
    raw(SHOW, [*values, "A complaint."])
    assert refused(SHOW, [*values, "Another."]) == "unblinding_once"


def test_organizers_and_administrators_alone_are_shown_artists(blind):
    foreign = organizer_of(CompetitionFactory())
    juror, single = UserFactory(), UserFactory()
    blind.roles.create(user=juror, role=Role.JUROR)
    blind.roles.create(user=single, role=Role.ORGANIZER)
    for person in (moderator_of(blind), foreign, juror, UserFactory()):
        sql = [blind.pk, person.pk, "Curious."]
        assert refused(SHOW, sql) == "unblinding_by_organizer"
    for person in (organizer_of(blind), single, UserFactory(is_superuser=True)):
        assert refused(SHOW, [blind.pk, person.pk, "A complaint."]) == ""
    drop_guard("unblinding_guard")
    assert refused(SHOW, sql) == ""


def test_people_show_artists_to_themselves(blind):
    organizer, another = organizer_of(blind), UserFactory(is_superuser=True)
    raw(ACTOR, [str(another.pk)])
    values = [blind.pk, organizer.pk, "For you."]
    assert refused(SHOW, values) == "unblinding_for_oneself"
    raw(ACTOR, [str(organizer.pk)])
    assert refused(SHOW, values) == ""


@pytest.mark.parametrize(
    ("state", "is_blind"),
    [("draft", True), ("open", False), ("winner_announced", True)],
)
def test_artists_are_shown_only_where_they_are_hidden(state, is_blind):
    if state == "winner_announced":
        competition = contest(state, blind=is_blind)
    else:
        competition = CompetitionFactory(state=state, blind=is_blind)
    values = [competition.pk, organizer_of(competition).pk, "A complaint."]
    assert refused(SHOW, values) == "unblinding_while_blind"
    assert not Unblinding.objects.exists()
