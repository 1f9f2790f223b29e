"""In a blind competition no page, file or header names an artist.

A moderator, and an organizer who has not unblinded it, open every address of the admin,
all that its pages link to, the public pages and the exports.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from competitions.blind.workflow import unblind
from mycenas.accounts.models import Role
from mycenas.core.audit.actor import acting, because
from mycenas.core.http.errors import NotAllowed
from mycenas.core.models import Mail
from mycenas.staff.exports import workflow as exporting
from mycenas.staff.exports.access import kinds_for
from mycenas.staff.exports.kinds import kind_named
from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import store
from submissions.intake import workflow as intake
from submissions.models import Submission
from submissions.review.appeals import workflow as appeals
from submissions.review.permits import workflow as permits
from submissions.states import SubmissionState as S
from tests import factories
from tests.factories import (
    AwardFactory,
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    staff,
    walk_competition,
    walk_submission,
    words,
)
from tests.staff.addresses import addresses

pytestmark = pytest.mark.django_db

NAME, EMAIL, FILE = "Zephyrine Quill", "zquill@hidden.example", "dusk.jpg"
SECRETS = re.compile("zephyrine|quill|hidden.example|dusk.jpg", re.IGNORECASE)
# Only its own lists and pages: others are crawled by `test_role_matrix`.
MOST_OF_A_KIND = 2
LINK = re.compile(r"""\b(?:href|src|action|hx-get)=["']([^"']+)""")
QUEUES = ("", "all", "held", "appealed", "proposed", "late", "undecided", *S)
STATES = (
    S.RESERVED, S.RECEIVED, S.QUARANTINED, S.PENDING, S.PENDING, S.APPROVED,
    S.REJECTED, S.DISQUALIFIED, S.WITHDRAWN, S.EXPIRED,
)  # fmt: skip
LISTS = "admin:submissions_submission"
OUTBOX = reverse("admin:core_mail_changelist")


@contextmanager
def by(person: Any) -> Iterator[None]:
    """The journal says that ``person`` writes: a test is one transaction."""
    with acting(lambda: (person.pk, "test")), because(""):
        yield
    with acting(lambda: (None, "test")), because(""):
        pass


def made(competition: Any, state: S, artist: Any) -> Submission:
    """An entry that its artist made, by the journal as well."""
    with by(artist):
        ticket = SubmissionFactory(
            competition=competition,
            participant=artist,
            title=f"Work {state}",
            alt_text="",
        )
    return walk_submission(ticket, state)


def replaced(entry: Submission) -> Submission:
    """The changed version that the artist sends when a moderator asks for it."""
    moderator = moderator_of(entry)
    with by(moderator):
        permits.request_changes(entry, reason="Crop.", days=7, by=moderator)
    said = words(title="Version", alt_text="", replaces=entry)
    with by(entry.participant):
        version = intake.reserve(entry.competition, said, by=entry.participant)
        return walk_submission(version, S.RECEIVED)


@pytest.fixture
def house(monkeypatch) -> Any:
    """A blind competition that takes entries, and one that is closed."""
    # All files say who made them.
    said = replace(factories.PICTURE, metadata={"artist": [NAME]})
    monkeypatch.setattr(factories, "PICTURE", said)
    artist = UserFactory(name=NAME, email=EMAIL)
    blind = CompetitionFactory(state="open", blind=True, max_entries=20)
    entries = [made(blind, state, artist) for state in STATES]
    rejected = next(one for one in entries if one.state == S.REJECTED)
    with by(artist):
        appeals.make(rejected, text="Look again.", by=artist)
    entries.append(replaced(entries[4]))
    same = {"organization": blind.organization, "blind": True}
    closed = CompetitionFactory(state="open", **same)
    award_to = made(closed, S.APPROVED, artist)
    walk_competition(closed, "closed")
    award = AwardFactory(submission=award_to)
    objects = {
        "organization": blind.organization,
        "competition": blind,
        "submission": entries[3],
        "award": award,
        "reason": blind.organization.reasons.first(),
    }
    return SimpleNamespace(
        artist=artist, blind=blind, entries=entries, closed=closed, objects=objects
    )


def assert_no_names(answer: Any, address: str) -> None:
    """Of the whole answer, its headers as well."""
    body = answer.getvalue() if answer.streaming else answer.content
    text = f"{dict(answer.headers)} {body.decode('utf-8', 'replace')}"
    found = SECRETS.search(text)
    assert not found, (address, text[max(0, found.start() - 200) : found.end() + 40])


def public(house: Any) -> Iterator[str]:
    for competition in (house.blind, house.closed):
        yield competition.get_absolute_url()
        for name in ("gallery", "books"):
            yield reverse(f"submissions:{name}", args=[competition.slug])
    for entry in house.entries:
        yield entry.get_absolute_url()
        yield reverse("submissions:original", args=[entry.public_id])
        for name in ("receipt", "receipt_status", "receipt_jws"):
            yield reverse(f"submissions:{name}", args=[entry.token])
    yield reverse("competitions:home")
    yield from (
        reverse("competitions:list", args=[name]) for name in ("open", "judging")
    )


def desk(house: Any) -> Iterator[str]:
    yield reverse("admin:index")
    yield from (one for _name, _page, one in addresses(house.objects))
    for part in QUEUES:
        yield f"{reverse(f'{LISTS}_changelist')}?queue={part}"
    for page in ("changelist", "queue"):
        yield f"{reverse(f'{LISTS}_{page}')}?queue=all&q=Work"
    for entry in house.entries:
        for page in ("change", "history", "review"):
            yield reverse(f"{LISTS}_{page}", args=[entry.pk])


def opened(client: Any, house: Any) -> Counter[str]:
    """Assert of all pages; returns how many of each kind were opened."""
    seen: Counter[str] = Counter()
    given = [*desk(house), *public(house)]
    waiting = [(one, True) for one in reversed(given)]
    done = set()
    while waiting:
        address, is_given = waiting.pop()
        parts = urlsplit(address)
        kind = re.sub(r"\d+", "*", parts.path)
        if address in done or (not is_given and seen[kind] >= MOST_OF_A_KIND):
            continue
        done.add(address)
        for accept in ("text/html", "application/json"):
            is_json = accept != "text/html"
            if is_json and parts.path.startswith("/admin/"):
                continue
            answer = client.get(address, headers={"accept": accept})
            assert answer.status_code < 500, address
            assert_no_names(answer, f"{address} as {accept}")
            seen[kind] += answer.status_code == 200
            if answer.status_code == 200 and parts.path.startswith("/admin/"):
                waiting += [(one, False) for one in linked(answer, address)]
    return seen


def linked(answer: Any, address: str) -> Iterator[str]:
    if answer.streaming:
        return
    for href in map(unescape, LINK.findall(answer.text)):
        target = urljoin(address, href).partition("#")[0]
        is_page = target.startswith("/") and not target.startswith("/static/")
        if is_page and "logout" not in target:
            yield target


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ORGANIZER])
def test_no_page_of_a_blind_competition_names_an_artist(house, signed_in, role):
    person = staff(role, house.blind.organization)
    seen = opened(signed_in(person), house)
    # The crawl has seen what it is about.
    for page in ("change", "history", "review"):
        assert seen[f"/admin/submissions/submission/*/{page}/"] >= len(STATES)


def test_no_public_page_of_a_blind_competition_names_an_artist(
    house, client, signed_in
):
    """Visitors, another participant and a juror, for whom there is no admin."""
    juror = signed_in(staff(Role.JUROR, house.blind.organization))
    for one in (client, signed_in(UserFactory()), juror):
        seen: set[str] = set()
        for address in public(house):
            answer = one.get(address)
            assert answer.status_code < 500, address
            assert_no_names(answer, address)
            seen.update([address] * (answer.status_code == 200))
        # It has seen competitions, galleries, books, and the receipt of each entry.
        for competition in (house.blind, house.closed):
            assert competition.get_absolute_url() in seen
            assert reverse("submissions:books", args=[competition.slug]) in seen
        receipts = [f"/receipts/{entry.token}/" for entry in house.entries]
        assert seen.issuperset(receipts)
        assert one.get(reverse("admin:index")).status_code != 200
    # The control: the same page names the artist to the artist.
    assert NAME in signed_in(house.artist).get(receipts[3]).text


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ORGANIZER])
def test_no_question_about_many_entries_names_an_artist(house, signed_in, role):
    client = signed_in(staff(role, house.blind.organization))
    keys = [one.pk for one in house.entries]
    for page in ("changelist", "queue"):
        for name in ("approve_selected", "reject_selected"):
            data = {"action": name, ACTION_CHECKBOX_NAME: keys}
            answer = client.post(reverse(f"{LISTS}_{page}"), data)
            assert answer.status_code == 200
            assert_no_names(answer, f"{page} {name}")


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ORGANIZER])
def test_no_export_of_a_blind_competition_names_an_artist(house, role):
    person = staff(role, house.blind.organization)
    written = set()
    for kind in kinds_for(person):
        for of in (house.blind, house.blind.organization):
            try:
                export = ExportFactory(kind=kind.name, of=of, by=person, state=X.DONE)
            except NotAllowed:
                continue
            assert export.state == X.DONE, export.problem
            with store().open_export(export.file) as file:
                data = file.read()
            found = SECRETS.search(data.decode("utf-8", "replace"))
            assert not found, (kind.name, of)
            written.add((kind.name, type(of).__name__))
    assert ("entries", "Competition") in written
    assert ("entries", "Organization") in written
    assert ("decisions", "Competition") in written
    if role == Role.ORGANIZER:
        assert ("journal", "Competition") in written


def test_no_mail_to_staff_names_an_artist(house):
    """Of the appeal, and of the proposal to disqualify."""
    mails = Mail.objects.exclude(to=EMAIL)
    assert len({mail.subject for mail in mails}) > 1
    for mail in mails:
        assert not SECRETS.search(f"{mail.subject} {mail.body}"), mail.subject


def outbox(client: Any) -> Iterator[tuple[str, Any]]:
    """The list of mails as it is and as it is filtered, and the pages of mails."""
    answer = client.get(OUTBOX)
    assert len(answer.context["cl"].result_list) == Mail.objects.count()
    yield OUTBOX, answer
    for part in ("waiting", "sent"):
        yield part, client.get(f"{OUTBOX}?sending={part}")
    for key in Mail.objects.values_list("pk", flat=True):
        for page in ("change", "history"):
            address = reverse(f"admin:core_mail_{page}", args=[key])
            answer = client.get(address)
            assert answer.status_code == 200, address
            yield address, answer


def test_the_outbox_names_no_artist_of_a_blind_competition(house, signed_in):
    root = UserFactory(is_superuser=True)
    client = signed_in(root)
    for address, answer in outbox(client):
        assert_no_names(answer, address)
    for lookup in ("to", "to__startswith", "body__contains", "reply_to"):
        answer = client.get(f"{OUTBOX}?{lookup}=zquill", follow=True)
        assert answer.status_code == 400, lookup
    text = exported_outbox(root)
    assert not SECRETS.search(text)
    assert Mail.objects.exclude(to=EMAIL)[0].to in text


def test_the_outbox_names_them_to_an_administrator_who_may_know(house, signed_in):
    root = UserFactory(is_superuser=True)
    unblind(house.blind, reason="A complaint.", by=root)
    assert EMAIL in signed_in(root).get(OUTBOX).text
    # The other competition is blind for this person still.
    mails = Mail.objects.filter(to=EMAIL)
    hidden = mails.filter(about__in=house.closed.submissions.values("pk"))
    assert 0 < hidden.count() < mails.count()
    assert exported_outbox(root).count(EMAIL) == mails.count() - hidden.count()


def exported_outbox(person: Any) -> str:
    kind = kind_named("mail")
    assert kind
    export = exporting.request_export(kind, None, by=person)
    assert exporting.run(export.pk)
    export.refresh_from_db()
    with store().open_export(export.file) as file:
        return file.read().decode()


def test_the_crawl_finds_names_where_they_may_be_seen(house, signed_in):
    """The control: an organizer who has unblinded the competition sees them."""
    person = staff(Role.ORGANIZER, house.blind.organization)
    unblind(house.blind, reason="A complaint.", by=person)
    client = signed_in(person)
    for page in ("change", "history", "review"):
        address = reverse(f"{LISTS}_{page}", args=[house.entries[3].pk])
        text = client.get(address).text
        assert NAME in text
        # Of what the file says as well.
        assert page != "review" or f"<bdi>{NAME}</bdi>\n            </dd>" in text
    address = reverse(f"{LISTS}_change", args=[house.entries[3].pk])
    assert FILE in client.get(address).text
