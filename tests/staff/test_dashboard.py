"""The first page of the admin: each card counts the rows of the list it leads to."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from competitions.models import Competition
from competitions.states import CompetitionState as C
from mycenas.accounts.models import Membership, Role
from mycenas.core import health
from mycenas.core.models import Mail
from mycenas.staff import dashboard, saving
from mycenas.staff.dashboard import list_address
from submissions.models import Submission
from submissions.review.appeals import workflow as appeals
from submissions.review.disqualification import workflow as disqualification
from submissions.states import SubmissionState as S
from tests.factories import (
    CampaignFactory,
    CompetitionFactory,
    OrganizationFactory,
    PrizeFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    walk_competition,
)

pytestmark = pytest.mark.django_db

INDEX = reverse("admin:index")
ENTRIES = reverse("admin:submissions_submission_changelist")
QUEUE = reverse("admin:submissions_submission_queue")


def shown(client):
    answer = client.get(INDEX)
    assert answer.status_code == 200
    return answer.context


def work(client):
    """The cards by the address that they lead to."""
    return {card.address: card for card in shown(client)["work"]}


def listed(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    if address.startswith(QUEUE):
        return answer.context["waiting"]
    return answer.context["cl"].result_count


def in_moderation(*states, **more):
    """A competition in moderation with entries in these states."""
    competition = CompetitionFactory(state=C.OPEN, **more)
    for state in states:
        SubmissionFactory(competition=competition, state=state)
    return walk_competition(competition, C.MODERATION)


def decided(state, **more):
    competition = CompetitionFactory(state=C.OPEN, **more)
    SubmissionFactory(competition=competition, state=S.APPROVED)
    return walk_competition(competition, state)


@pytest.fixture
def administrator(signed_in):
    return signed_in(UserFactory(is_staff=True, is_superuser=True))


def test_each_card_counts_the_rows_of_its_list(administrator):
    in_moderation(S.PENDING, S.PENDING, S.QUARANTINED, S.RECEIVED, S.RESERVED)
    SubmissionFactory(state=S.PENDING)
    CampaignFactory()
    CompetitionFactory(rules="")
    Mail.objects.create(to="a@example.org", subject="x", body="y")
    failed = Mail.objects.create(to="b@example.org", subject="x", body="y")
    for _ in range(Mail.ATTEMPTS):
        Mail.objects.filter(pk=failed.pk).update(attempts=F("attempts") + 1)
    context = shown(administrator)
    cards = [card for card in (*context["work"], *context["site"]) if card.address]
    numbers = {card.address: int(card.value) for card in cards}
    assert {key: listed(administrator, key) for key in numbers} == numbers
    mails = {number for key, number in numbers.items() if "mail" in key}
    assert sorted(set(numbers.values()) - mails) == [3, 5]
    assert min(numbers.values()) == 1


def test_the_review_says_how_old_its_oldest_entry_is(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    client = signed_in(moderator_of(entry))
    card = work(client)[QUEUE]
    assert (card.value, card.waits) == ("1", True)
    assert re.fullmatch(r"The oldest arrived \d+ seconds? ago\.", str(card.detail))


def test_moderators_see_numbers_of_their_organizations_only(signed_in):
    mine = SubmissionFactory(state=S.PENDING)
    SubmissionFactory(state=S.PENDING)
    in_moderation(S.QUARANTINED)
    cards = work(signed_in(moderator_of(mine)))
    assert [card.value for card in cards.values()] == ["1", "0", "0"]
    assert all(address.startswith(ENTRIES) for address in cards)


def with_work_for_others(competition):
    """The person who may do none of the work in the organization of the competition."""
    more, person = {"organization": competition.organization}, organizer_of(competition)
    for state in (S.PENDING, S.QUARANTINED):
        late = CompetitionFactory(state=C.OPEN, **more)
        SubmissionFactory(competition=late, state=state, participant=person)
        walk_competition(late, C.MODERATION)
    # The factory decides by an organizer.
    rejected = SubmissionFactory(competition=competition, state=S.REJECTED)
    assert rejected.decided_by == person
    appeals.make(rejected, text="Charcoal is allowed.", by=rejected.participant)
    accepted = SubmissionFactory(competition=competition, state=S.APPROVED)
    disqualification.propose(accepted, reason="Copied.", by=person)
    CampaignFactory(competition=competition, created_by=person)
    CampaignFactory(competition=competition, sponsor=person)
    return person


def waiting(client):
    """The numbers of the cards that wait for the person, by label."""
    cards = work(client).values()
    return {str(card.label): card.value for card in cards if card.waits}


def test_nothing_waits_for_a_person_who_may_not_do_it(signed_in):
    competition = CompetitionFactory(state=C.OPEN)
    colleague = UserFactory()
    Membership.objects.create(
        user=colleague, organization=competition.organization, role=Role.MODERATOR
    )
    person = with_work_for_others(competition)
    assert waiting(signed_in(person)) == {}
    Membership.objects.create(
        user=colleague, organization=competition.organization, role=Role.ORGANIZER
    )
    client = signed_in(colleague)
    assert waiting(client) == {
        "entry to review": "1",
        "entry held": "1",
        "entries undecided": "2",
        "appeal to decide": "1",
        "entry to disqualify": "1",
        "campaigns to approve": "2",
    }
    numbers = {key: int(card.value) for key, card in work(client).items()}
    assert {key: listed(client, key) for key in numbers} == numbers


def test_cards_on_the_site_are_for_its_administrators(signed_in, administrator):
    assert len(shown(administrator)["site"]) == 5
    organizer = organizer_of(CompetitionFactory())
    assert shown(signed_in(organizer))["site"] == []


def test_people_with_nothing_to_do_read_that_nothing_waits(signed_in):
    competition = CompetitionFactory(state="open")
    answer = signed_in(moderator_of(competition)).get(INDEX)
    assert not any(card.waits for card in answer.context["work"])
    assert "Nothing waits for you." in answer.content.decode()


def test_nothing_of_a_cancelled_competition_waits(signed_in):
    competition = in_moderation(S.PENDING, S.QUARANTINED)
    client = signed_in(organizer_of(competition))
    cancel = reverse(
        "admin:competitions_competition_do", args=[competition.pk, "cancel"]
    )
    client.post(cancel, {"reason": "The jury is ill."})
    context = shown(client)
    assert not any(card.waits for card in context["work"])
    assert [overview.lines for overview in context["overviews"]] == [[]]


def test_numbers_are_counted_up_to_a_limit(signed_in, monkeypatch):
    monkeypatch.setattr(dashboard, "MOST_COUNTED", 2)
    competition = in_moderation(S.PENDING, S.PENDING, S.PENDING)
    client = signed_in(organizer_of(competition))
    assert work(client)[QUEUE].value == "2+"
    sentences = [str(point.sentence) for point in points(client, competition)]
    assert sentences == ["2+ entries wait for a decision."]


def points(client, competition):
    (overview,) = shown(client)["overviews"]
    (line,) = [line for line in overview.lines if line.obj == competition]
    return line.points


def test_what_keeps_a_competition_from_closing_leads_to_its_entries(signed_in):
    competition = in_moderation(S.PENDING, S.QUARANTINED, S.QUARANTINED, S.RESERVED)
    other = in_moderation(
        S.PENDING, S.QUARANTINED, organization=competition.organization
    )
    client = signed_in(organizer_of(competition))
    found = {str(p.sentence): p.address for p in points(client, competition)}
    assert list(found) == [
        "1 entry waits for a decision.",
        "2 entries are held: their files have a problem.",
        "1 entry may still get its file.",
    ]
    assert [listed(client, address) for address in found.values()] == [1, 2, 4]
    assert points(client, other) != []


def test_what_keeps_a_competition_from_announcing(signed_in):
    competition = decided(C.CLOSED)
    entry = competition.submissions.get()
    PrizeFactory(competition=competition, name="Second")
    client = signed_in(organizer_of(competition))
    (point,) = points(client, competition)
    assert (str(point.sentence), point.blocks) == (
        "No prize is given yet. Give one to an entry.",
        True,
    )
    assert listed(client, point.address) == 1
    address = reverse("admin:submissions_submission_do", args=[entry.pk, "award"])
    client.post(address, {"prize": competition.prizes.first().pk})
    (point,) = points(client, competition)
    assert (str(point.sentence), point.blocks) == ("1 prize is not given.", False)


def test_the_most_urgent_competitions_come_first(signed_in):
    draft = CompetitionFactory()
    more = {"organization": draft.organization}
    later = CompetitionFactory(
        state=C.OPEN, closes_at=timezone.now() + timedelta(days=9), **more
    )
    sooner = CompetitionFactory(state=C.OPEN, **more)
    moderated = in_moderation(**more)
    decided(C.WINNER_ANNOUNCED, **more)
    (overview,) = shown(signed_in(organizer_of(draft)))["overviews"]
    assert [line.obj for line in overview.lines] == [moderated, sooner, later, draft]


def test_several_warnings_are_one_line_that_leads_to_all_of_them(signed_in):
    draft = CompetitionFactory(rules="")
    client = signed_in(organizer_of(draft))
    blocking, warnings = points(client, draft)
    assert str(blocking.sentence) == "It needs rules."
    assert re.fullmatch(r"\d things to look at before that\.", str(warnings.sentence))
    number = int(str(warnings.sentence)[0])
    context = client.get(warnings.address).context
    assert len([one for one in context["points"] if not one.blocks]) == number


def statements(client):
    with CaptureQueriesContext(connection) as asked:
        shown(client)
    return len(asked)


def test_more_rows_cost_no_more_statements(administrator):
    def add():
        competition = in_moderation(S.PENDING, S.QUARANTINED, S.RECEIVED)
        CompetitionFactory(organization=competition.organization)
        CompetitionFactory(state=C.OPEN)
        decided(C.WINNER_ANNOUNCED)
        decided(C.CLOSED)
        CampaignFactory()

    add()
    shown(administrator)
    before = statements(administrator)
    add()
    add()
    # Fewer without a draft among the competitions that are shown.
    assert statements(administrator) <= before


def test_a_stopped_worker_is_seen(administrator, monkeypatch):
    monkeypatch.setattr(health, "canaries", [lambda: 100_000])
    monkeypatch.setattr(health, "capacity", [lambda: ["No room."]])
    cards = {str(card.label): card for card in shown(administrator)["site"]}
    canary = cards["a test picture was finished"]
    assert (str(canary.value), canary.waits) == ("1 day 3 hours ago", True)
    assert "Look at beat" in str(canary.detail)
    assert cards["room for files"].detail == "No room."


@pytest.mark.parametrize("query", ["?a=%00", "?queue=%27%22", "?" + "a=1&" * 300])
def test_odd_queries_are_no_error(administrator, query):
    assert administrator.get(INDEX + query).status_code in (200, 400)


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Submission, "competition__id__exact=²"),
        (Submission, "nonsense=1"),
        (Submission, "queue=other"),
        (Campaign, "approval=other"),
        (Competition, "cancelled_at__isnull=maybe"),
    ],
)
def test_no_list_ignores_a_filter(administrator, model, query):
    SubmissionFactory(), SubmissionFactory()  # without a choice there is no filter
    address = list_address(model)
    assert administrator.get(address).status_code == 200
    answer = administrator.get(f"{address}?{query}", follow=True)
    assert answer.status_code == 400
    assert "has a filter that this list does not know" in answer.text


def test_the_page_that_deletes_names_some_of_what_goes_along(
    administrator, monkeypatch
):
    person = UserFactory()
    for _ in range(5):
        Membership.objects.create(
            user=person, organization=OrganizationFactory(), role=Role.JUROR
        )
    monkeypatch.setattr(saving, "MOST_NAMED", 3)
    address = reverse("admin:accounts_user_delete", args=[person.pk])
    text = administrator.get(address).text
    assert text.count("juror, Organization") == 3
    assert "2 more" in text


def test_mail_is_listed_for_administrators_without_its_text(signed_in, administrator):
    mail = Mail.objects.create(to="a@example.org", subject="Code", body="Secret 123")
    address = reverse("admin:core_mail_changelist")
    assert "a@example.org" in administrator.get(address).content.decode()
    page = reverse("admin:core_mail_change", args=[mail.pk])
    answer = administrator.get(page)
    assert answer.status_code == 200
    assert "Secret 123" not in answer.content.decode()
    organizer = organizer_of(CompetitionFactory())
    assert signed_in(organizer).get(address).status_code == 404
