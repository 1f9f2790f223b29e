"""The organizers' desk: one's own organizations, verbs, and dates in their zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from competitions import workflow
from competitions.models import Competition
from mycenas.accounts.models import Role
from tests.factories import (
    AwardFactory,
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
)
from tests.form_data import filled, said

pytestmark = pytest.mark.django_db

ADD = reverse("admin:competitions_competition_add")
LIST = reverse("admin:competitions_competition_changelist")


def page(name, competition, *more):
    return reverse(
        f"admin:competitions_competition_{name}", args=[competition.pk, *more]
    )


def do(client, competition, verb, **form):
    return said(client.post(page("do", competition, verb), form, follow=True))


@pytest.fixture
def desk(signed_in):
    return lambda competition: signed_in(organizer_of(competition))


def test_organizers_see_their_own_competitions_only(desk):
    mine, other = CompetitionFactory(title="Mine"), CompetitionFactory(title="Other")
    client = desk(mine)
    text = client.get(LIST).content.decode()
    assert "Mine" in text
    assert "Other" not in text
    assert client.get(page("change", mine)).status_code == 200
    assert client.get(page("change", other)).status_code == 404
    for address in (page("do", other, "open"), page("history", other)):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code in {404, 405}
    other.refresh_from_db()
    assert other.state == "draft"


def test_moderators_do_not_run_competitions(signed_in):
    competition = CompetitionFactory()
    client = signed_in(moderator_of(competition))
    for address in (LIST, ADD, page("change", competition)):
        assert client.get(address).status_code == 404
    assert client.post(page("do", competition, "open")).status_code == 404


def form_of(competition=None, **changes):
    """What the browser would send."""
    fields = {
        "organization": "",
        "title": "Light",
        "slug": "light",
        "summary": "",
        "brief": "Send us light.",
        "rules": "Your own work.",
        "time_zone": "Europe/Athens",
        "opens_at_0": "2026-05-01",
        "opens_at_1": "09:00:00",
        "closes_at_0": "2026-06-01",
        "closes_at_1": "23:59:00",
        "max_entries": "3",
        "max_megabytes": "50",
        "declared_upload_window": "1 00:00:00",
        "upload_window": "00:15:00",
        "categories-TOTAL_FORMS": "0",
        "categories-INITIAL_FORMS": "0",
        "prizes-TOTAL_FORMS": "1",
        "prizes-INITIAL_FORMS": "0",
        "prizes-0-name": "First",
        "prizes-0-position": "0",
    }
    return {**fields, **changes}


def test_dates_are_read_and_shown_in_the_competitions_zone(signed_in):
    organization = OrganizationFactory()
    client = signed_in(staff(Role.ORGANIZER, organization))
    answer = client.post(ADD, form_of(organization=organization.pk))
    assert answer.status_code == 302, answer.context["errors"]
    made = Competition.objects.get()
    athens = ZoneInfo("Europe/Athens")
    assert made.opens_at == datetime(2026, 5, 1, 9, 0, tzinfo=athens)
    assert made.closes_at == datetime(2026, 6, 1, 23, 59, tzinfo=athens)
    assert made.prizes.get().name == "First"
    assert 'value="23:59:00"' in client.get(page("change", made)).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"time_zone": "Factory"}, "“Factory” is not the time zone of a place."),
        ({"closes_at_0": "2026-04-01"}, "put the deadline after the opening"),
        ({"title": ""}, "required"),
    ],
)
def test_what_makes_no_sense_is_explained(signed_in, changes, sentence):
    organization = OrganizationFactory()
    client = signed_in(staff(Role.ORGANIZER, organization))
    form = form_of(organization=organization.pk, **changes)
    answer = client.post(ADD, form)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Competition.objects.exists()


DATES = "is out of bounds. Give a date in the years 2000 to 2200."
WINDOWS = "is out of bounds. Give more than 0 seconds and at most 30 days."


OUT_OF_BOUNDS = (
    {
        "closes_at": (("9999-12-31", "23:59"), f"“9999-12-31 23:59” {DATES}"),
        "opens_at": (("0001-01-01", "00:00"), f"“0001-01-01 00:00” {DATES}"),
        "upload_window": ("3000000 00:00:00", f"“3000000 00:00:00” {WINDOWS}"),
        "declared_upload_window": ("00:00:00", f"“00:00:00” {WINDOWS}"),
        "max_entries": ("0", "“0” is out of bounds. Give a number from 1 to 30000."),
        "max_megabytes": ("-5", "“-5” is out of bounds. Give a number from 1 to 2048."),
        "prizes-0-position": ("40000", "Give a number from 0 to 9999."),
    },
    {
        "closes_at": (("2201-01-01", "00:00"), f"“2201-01-01 00:00” {DATES}"),
        "upload_window": ("-3 00:00:00", f"“-3 00:00:00” {WINDOWS}"),
        "declared_upload_window": (f"{10**10} 00:00:00", f"The value {WINDOWS}"),
        "max_entries": ("9" * 30, f"“{'9' * 30}” is out of bounds."),
    },
)


@pytest.mark.parametrize("wrong", OUT_OF_BOUNDS, ids=["far", "near"])
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Athens"])
def test_a_form_names_the_bound_and_the_value(signed_in, zone, wrong):
    organization = OrganizationFactory()
    client = signed_in(staff(Role.ORGANIZER, organization))
    changes: dict[str, str] = {}
    for field, (typed, _sentence) in wrong.items():
        if isinstance(typed, tuple):
            changes |= {f"{field}_{place}": text for place, text in enumerate(typed)}
        else:
            changes[field] = typed
    form = form_of(organization=organization.pk, time_zone=zone, **changes)
    answer = client.post(ADD, form)
    part = answer.context["inline_admin_formsets"][1].formset.forms[0].errors
    said = {**answer.context["adminform"].form.errors, **part}
    assert set(said) == {field.removeprefix("prizes-0-") for field in wrong}
    for field, (_typed, sentence) in wrong.items():
        assert sentence in str(said[field.removeprefix("prizes-0-")])
    page = answer.content.decode()
    assert all(f'value="{text}"' in page for text in changes.values())
    assert not Competition.objects.exists()


# Where these days are in another year by UTC.
@pytest.mark.parametrize(
    ("zone", "day", "year"),
    [("Pacific/Kiritimati", "2000-01-01", 2000), ("Pacific/Niue", "2200-12-31", 2200)],
)
def test_the_years_are_those_of_the_competitions_zone(signed_in, day, year, zone):
    organization = OrganizationFactory()
    client = signed_in(staff(Role.ORGANIZER, organization))
    form = form_of(
        organization=organization.pk, time_zone=zone, opens_at_0="", opens_at_1="",
        closes_at_0=day, closes_at_1="23:59" if year == 2200 else "00:00",
    )  # fmt: skip
    assert client.post(ADD, form).status_code == 302
    made = Competition.objects.get()
    assert made.closes_at is not None
    assert made.closes_at.astimezone(made.zone).year == year
    assert client.get(page("change", made)).status_code == 200


def test_nothing_is_made_for_an_organization_of_others(signed_in):
    client = signed_in(staff(Role.ORGANIZER, OrganizationFactory()))
    foreign = OrganizationFactory()
    answer = client.post(ADD, form_of(organization=foreign.pk))
    assert answer.status_code == 200
    assert not Competition.objects.exists()


def test_a_competition_walks_through_the_desk(desk):
    competition = CompetitionFactory()
    client = desk(competition)
    assert "Done: Open" in do(client, competition, "open")
    for verb, form in (
        ("close-entries-early", {"reason": "Full."}),
        ("close", {}),
    ):
        assert "Done" in do(client, competition, verb, **form)
    assert "Give at least one prize" in do(client, competition, "announce")
    competition.refresh_from_db()
    assert competition.state == "closed"


def test_the_last_step_is_for_good(desk):
    competition = contest("closed")
    AwardFactory(submission=competition.submissions.get())
    client = desk(competition)
    assert "Done" in do(client, competition, "announce")
    assert client.get(page("change", competition)).status_code == 200
    assert client.post(page("change", competition), {"title": "x"}).status_code == 404
    for verb in ("open", "close", "announce", "cancel"):
        assert do(client, competition, verb, reason="x")
    competition.refresh_from_db()
    assert (competition.state, competition.is_cancelled) == ("winner_announced", False)


STEPS = (
    "open", "extend-deadline", "close-entries-early", "begin-moderation", "close",
    "announce", "cancel",
)  # fmt: skip


@pytest.mark.parametrize("state", ["draft", "open", "moderation", "closed"])
def test_a_verb_in_the_wrong_place_is_explained_and_never_an_error(desk, state):
    competition = CompetitionFactory(state=state)
    workflow.cancel(competition, reason="Storm.", by=organizer_of(competition))
    client = desk(competition)
    later = competition.closes_at + timedelta(days=1)
    form = {
        "reason": "x",
        "closes_at_0": f"{later:%Y-%m-%d}",
        "closes_at_1": f"{later:%H:%M:%S}",
    }
    for verb in STEPS:
        answer = client.post(page("do", competition, verb), form, follow=True)
        assert answer.status_code == 200
        assert said(answer), verb
        competition.refresh_from_db()
        assert competition.state == state, verb


def test_every_verb_asks_first(desk):
    competition = CompetitionFactory(state="open")
    client = desk(competition)
    for verb in STEPS:
        assert client.get(page("do", competition, verb)).status_code == 200, verb


def test_the_deadline_is_moved_in_the_competitions_zone(desk):
    athens = ZoneInfo("Europe/Athens")
    closes_at = datetime.now(athens).replace(microsecond=0) + timedelta(days=2)
    competition = CompetitionFactory(
        state="open", time_zone="Europe/Athens", closes_at=closes_at
    )
    client = desk(competition)
    asked = client.get(page("do", competition, "extend-deadline")).content.decode()
    assert f"{closes_at:%H:%M:%S}" in asked
    later = closes_at + timedelta(days=1)
    form = {
        "reason": "A strike.",
        "closes_at_0": f"{later:%Y-%m-%d}",
        "closes_at_1": f"{later:%H:%M:%S}",
    }
    assert "Done" in do(client, competition, "extend-deadline", **form)
    competition.refresh_from_db()
    assert competition.closes_at == later


def test_a_verb_asks_for_what_it_needs(desk):
    competition = CompetitionFactory(state="open")
    client = desk(competition)
    answer = client.post(page("do", competition, "cancel"), {"reason": ""})
    assert answer.status_code == 200
    assert "required" in answer.content.decode()
    assert client.get(page("do", competition, "no-such-verb")).status_code == 404


def test_a_verb_is_offered_where_it_makes_sense(desk):
    competition = CompetitionFactory(state="open")
    text = desk(competition).get(page("change", competition)).content.decode()
    assert page("do", competition, "extend-deadline") in text
    assert page("do", competition, "announce") not in text
    workflow.cancel(competition, reason="A storm.", by=organizer_of(competition))
    text = desk(competition).get(page("change", competition)).content.decode()
    assert "cancelled: A storm." in text
    assert page("do", competition, "extend-deadline") not in text


def test_dates_of_what_is_open_are_not_in_the_form(desk):
    competition = CompetitionFactory(state="open")
    client = desk(competition)
    form = form_of(**{"prizes-TOTAL_FORMS": "0", "title": "Renamed"})
    form["_seen"] = filled(client.get(page("change", competition)))["_seen"]
    answer = client.post(page("change", competition), form)
    assert answer.status_code == 302
    after = Competition.objects.get(pk=competition.pk)
    assert after.title == "Renamed"
    assert (after.opens_at, after.closes_at) == (
        competition.opens_at,
        competition.closes_at,
    )


def test_drafts_are_deleted_and_nothing_else(desk):
    draft = CategoryFactory().competition
    client = desk(draft)
    assert client.post(page("delete", draft), {"post": "yes"}).status_code == 302
    assert not Competition.objects.filter(pk=draft.pk).exists()
    opened = CompetitionFactory(state="open", organization=draft.organization)
    assert client.post(page("delete", opened), {"post": "yes"}).status_code == 404
    assert Competition.objects.filter(pk=opened.pk).exists()


def test_history_tells_who_did_what_and_why(desk):
    competition = CompetitionFactory(state="open")
    person = organizer_of(competition)
    client = desk(competition)
    do(client, competition, "cancel", reason="A storm is coming.")
    text = client.get(page("history", competition)).content.decode()
    assert "A storm is coming." in text
    assert str(person) in text
    assert "prize made" in text


def test_a_superuser_sees_everything(signed_in):
    competition = CompetitionFactory()
    client = signed_in(UserFactory(is_staff=True, is_superuser=True))
    assert client.get(page("change", competition)).status_code == 200
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_deadline_that_does_not_move_is_refused_and_says_nothing_to_anybody(desk):
    deadline = datetime(2036, 6, 1, tzinfo=ZoneInfo("UTC"))
    competition = CompetitionFactory(state="open", closes_at=deadline)
    address = page("do", competition, "extend-deadline")
    client = desk(competition)
    unchanged = filled(client.get(address), reason="One more week")
    answer = client.post(address, unchanged)
    assert "can only move later" in answer.content.decode()
    assert "One more week" in answer.content.decode()
    competition.refresh_from_db()
    assert not competition.deadline_reason
