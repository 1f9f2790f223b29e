"""The buttons by which two organizers allow a prize without a ranking."""

from __future__ import annotations

import pytest
from django.urls import reverse

from competitions import workflow as competing
from mycenas.accounts.models import Role, User
from mycenas.core.approvals.models import Approval
from submissions.judging.publishing import awards, workflow
from submissions.models import Award
from tests.factories import moderator_of, organizer_of, staff
from tests.submissions.judging.publishing.rounds import (
    close_below_quorum,
    publish,
    scored,
)

pytestmark = pytest.mark.django_db

POINTS = (("4", "6", None), ("6", "8", None))


@pytest.fixture
def jury():
    made = close_below_quorum(scored(POINTS))
    workflow.seal(made.round)
    publish(made)
    return made


@pytest.fixture
def people(jury):
    organization = jury.competition.organization
    return [staff(Role.ORGANIZER, organization) for _ in range(2)]


def page(entry, verb=""):
    name = "admin:submissions_submission"
    if not verb:
        return reverse(f"{name}_change", args=[entry.pk])
    return reverse(f"{name}_do", args=[entry.pk, verb])


def test_an_entry_that_the_result_ranks_needs_no_approval(jury, people, signed_in):
    ranked, unranked = jury.entries[0], jury.entries[2]
    assert not awards.is_unranked(ranked)
    assert awards.is_unranked(unranked)
    client = signed_in(people[0])
    button = "Propose a prize without a ranking"
    assert button not in client.get(page(ranked)).content.decode()
    assert button in client.get(page(unranked)).content.decode()


# Requests have transactions of their own, in each of which another person acts.
@pytest.mark.django_db(transaction=True)
def test_two_organizers_and_their_public_reason(jury, people, signed_in, client):
    entry, prize = jury.entries[2], jury.competition.prizes.get()
    first, second = people
    one = signed_in(first)
    words = {"prize": prize.pk, "reason": "The public loved it."}
    one.post(page(entry, "allow-unranked"), words)
    proposal = Approval.objects.get(kind=awards.KIND.name)
    confirm = page(entry, "confirm-unranked")
    assert "Another person has to confirm" in one.get(confirm).content.decode()
    one.post(confirm, {"digest": proposal.digest})
    one.post(page(entry, "award"), {"prize": prize.pk})
    assert not Award.objects.exists()
    other = signed_in(second)
    question = other.get(confirm).content.decode()
    assert "The public loved it." in question
    assert str(prize) in question
    other.post(confirm, {"digest": proposal.digest})
    other.post(page(entry, "award"), {"prize": prize.pk})
    assert Award.objects.get().submission == entry
    address = reverse("submissions:results", args=[jury.competition.slug])
    assert "The public loved it." not in client.get(address).content.decode()
    competing.announce_winners(jury.competition, by=first)
    assert "The public loved it." in client.get(address).content.decode()


def test_a_moderator_and_a_lone_organizer_are_refused(jury, signed_in):
    entry, prize = jury.entries[2], jury.competition.prizes.get()
    words = {"prize": prize.pk, "reason": "Mine."}
    moderator = signed_in(moderator_of(entry))
    moderator.post(page(entry, "allow-unranked"), words)
    last = organizer_of(entry)
    User.objects.exclude(pk=last.pk).filter(is_staff=True).update(is_active=False)
    alone = signed_in(last).get(page(entry)).content.decode()
    assert "there is no other one" in alone
    moderated = signed_in(moderator_of(entry)).get(page(entry)).content.decode()
    assert "Organizers of the competition give prizes." in moderated
    assert not Approval.objects.filter(kind=awards.KIND.name).exists()


@pytest.mark.django_db(transaction=True)
def test_a_proposal_is_withdrawn_or_declined(jury, people, signed_in):
    entry, prize = jury.entries[2], jury.competition.prizes.get()
    words = {"prize": prize.pk, "reason": "The public loved it."}
    for person, state in zip(people, ("withdrawn", "declined"), strict=True):
        signed_in(people[0]).post(page(entry, "allow-unranked"), words)
        signed_in(person).post(page(entry, "end-unranked"), {"reason": "No."})
        assert (
            Approval.objects.filter(kind=awards.KIND.name).latest("pk").state == state
        )
    assert awards.proposal_of(entry) is None
