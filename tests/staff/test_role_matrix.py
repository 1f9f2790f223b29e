"""Every address of the admin × every role × own and foreign objects.

Addresses come from the registered models, so a new one is asked by itself. What a role
does not open is 404; no link on a page that it opens leads to one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from mycenas.accounts.models import Role
from submissions.states import SubmissionState as S
from tests.factories import (
    AwardFactory,
    CampaignFactory,
    CompetitionFactory,
    ExportFactory,
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    staff,
)

pytestmark = pytest.mark.django_db

SEEN = "changelist change history do"
DECIDED = f"{SEEN} queue review"
EXPORT = "changelist add change history progress"
RUN = {
    "submission": DECIDED,
    "award": SEEN,
    "campaign": f"{SEEN} add",
    "export": EXPORT,
}
# Moderators see their own exports only.
MODERATED = {
    "submission": DECIDED,
    "export": "changelist add",
    "competition": "overview",
}
# The pages of each model that a role opens in what is its own; all others are closed.
PAGES = {
    ("organizer", "organization"): RUN
    | {
        "organization": f"{SEEN} people import",
        "reason": "changelist add change history",
        "competition": f"{SEEN} add people import overview delete",
    },
    ("organizer", "competition"): RUN
    | {"competition": f"{SEEN} people import overview delete"},
    ("moderator", "organization"): MODERATED,
    ("moderator", "competition"): MODERATED,
}
# Roles without pages.
CLOSED = (Role.JUROR, Role.SPONSOR)
# Pages that name no object.
LISTED = ("changelist", "add", "queue")
MOST_OF_A_KIND = 2
SOAK = (pytest.mark.trial, pytest.mark.soak)
HREF = re.compile(r"""<a\b[^>]*\bhref=["']([^"']+)""")


def house() -> Any:
    """An organization with one of everything, and what has roles in it."""
    closed = contest("closed")
    award = AwardFactory(submission=closed.submissions.get())
    same = {"organization": closed.organization}
    draft = CompetitionFactory(**same)
    pending = SubmissionFactory(
        competition=CompetitionFactory(state="open", **same), state=S.PENDING
    )
    campaign = CampaignFactory(competition=pending.competition)
    return SimpleNamespace(
        competitions=[draft, closed, pending.competition],
        organization=closed.organization,
        objects={
            "organization": closed.organization,
            "competition": draft,
            "submission": pending,
            "award": award,
            "campaign": campaign,
            "reason": closed.organization.reasons.first(),
            "export": ExportFactory(of=pending.competition),
            "user": pending.participant,
        },
    )


@pytest.fixture
def houses() -> Any:
    return SimpleNamespace(own=house(), foreign=house())


def person_with(role: str, kind: str, own: Any) -> Any:
    person = UserFactory()
    give(person, role, kind, own)
    return person


def give(person: Any, role: str, kind: str, own: Any) -> None:
    if kind == "organization":
        own.organization.memberships.create(user=person, role=role)
    else:
        for competition in own.competitions:
            competition.roles.create(user=person, role=role)


def addresses(found: Any) -> Iterator[tuple[str, str, str]]:
    """Model, page and address of everything the admin's models have."""
    for model, model_admin in admin.site._registry.items():
        name = str(model._meta.model_name)
        obj = found.objects.get(name)
        kind = ContentType.objects.get_for_model(model).pk
        verb = next(iter(getattr(model_admin, "verbs", ())), None)
        for url in model_admin.get_urls():
            page = (url.name or "").rpartition("_")[2]
            values = {
                "object_id": getattr(obj, "pk", 1),
                "id": getattr(obj, "pk", 1),
                "name": verb and verb.name,
            }
            names = list(url.pattern.converters) or list(url.pattern.regex.groupindex)
            if url.name:
                args = [values[one] for one in names]
                yield name, page, reverse(f"admin:{url.name}", args=args)
        yield name, "public", reverse("admin:view_on_site", args=[kind, values["id"]])


def pages_of(role: str, kind: str) -> dict[str, set[str]]:
    found = PAGES.get((role, kind), {})
    return {name: set(pages.split()) for name, pages in found.items()}


def test_a_role_opens_its_pages_and_no_others(houses, signed_in):
    """One test for all roles: they look at the same objects."""
    own = [(True, *one) for one in addresses(houses.own)]
    foreign = [(False, *one) for one in addresses(houses.foreign)]
    # Pages of other models name no house, and lists no object.
    objects = [
        one
        for one in foreign
        if one[1] in houses.foreign.objects and one[2] not in LISTED
    ]
    asked = [*own, *objects]
    for role, kind in PAGES:
        client = signed_in(person_with(role, kind, houses.own))
        assert list(answers(client, pages_of(role, kind), asked)) == [], (role, kind)
    participant = UserFactory()
    # Without a desk every address is closed before its object is looked up.
    assert list(answers(signed_in(participant), {}, own)) == []
    for role in CLOSED:
        for kind in ("organization", "competition"):
            give(participant, role, kind, houses.own)
    assert list(answers(signed_in(participant), {}, own)) == [], CLOSED


def answers(client: Client, opens: dict[str, set[str]], asked: Any) -> Iterator[Any]:
    """What is answered differently from what it should be."""
    for is_own, name, page, address in asked:
        if page == "public" and name in opens and is_own:
            continue  # The crawl below follows them.
        is_open = is_own and page in opens.get(name, ())
        status = client.get(address).status_code
        if status != (200 if is_open else 404):
            yield name, page, is_own, status
        if not is_own and not is_open and client.post(address).status_code != 404:
            yield name, page, is_own, "POST"
    for name in ("index", "jsi18n", "password_change"):
        status = client.get(reverse(f"admin:{name}")).status_code
        if status != (200 if opens else 404):
            yield name, status
    query = {"app_label": "accounts", "model_name": "membership", "field_name": "user"}
    if client.get(reverse("admin:autocomplete"), query).status_code != 404:
        yield "autocomplete"


def test_who_is_not_signed_in_is_led_to_the_sign_in(houses):
    client = Client()
    for name, page, address in addresses(houses.own):
        answer = client.get(address)
        assert answer.status_code == 302, (name, page)
        assert answer["Location"].startswith(reverse("admin:login")), (name, page)


def links_on(page: Any, path: str) -> Iterator[str]:
    for href in map(unescape, HREF.findall(page.text)):
        if href.startswith("#") or "://" in href:
            continue
        parts = urlsplit(href)
        target = (parts.path or path) if not href.startswith("?") else path
        # The factories make no files of pictures.
        is_picture = target.endswith(".webp")
        if target.startswith("/") and "logout" not in target and not is_picture:
            yield f"{target}?{parts.query}" if parts.query else target


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        ("organizer", "competition"),
        ("moderator", "organization"),
        pytest.param("organizer", "organization", marks=SOAK),
        pytest.param("moderator", "competition", marks=SOAK),
    ],
)
def test_no_link_of_the_desk_leads_nowhere(houses, signed_in, role, kind):
    crawl(signed_in(person_with(role, kind, houses.own)))


def crawl(client: Client) -> None:
    seen: Counter[str] = Counter()
    waiting = [reverse("admin:index")]
    while waiting:
        link = waiting.pop()
        # A page once, whatever its query: lists sort in many ways.
        path = urlsplit(link).path
        kind = re.sub(r"/\d+/", "/*/", path)
        if path in seen or seen[kind] == MOST_OF_A_KIND:
            continue
        seen.update({path, kind})
        page: Any = client.get(link, follow=True)
        assert page.status_code == 200, link
        if page.streaming:
            b"".join(page.streaming_content)
        elif link.startswith("/admin/"):
            waiting += links_on(page, urlsplit(link).path)
    assert len(seen) > 5


def test_a_desk_without_any_row_has_its_lists(signed_in):
    names = ["accounts_organization", "competitions_competition"]
    root = signed_in(UserFactory(is_superuser=True))
    organizer = signed_in(staff(Role.ORGANIZER, OrganizationFactory()))
    for client, added in ((root, names), (organizer, names[1:])):
        index = client.get(reverse("admin:index")).text
        for name in [*names, "submissions_submission", "campaigns_campaign"]:
            address = reverse(f"admin:{name}_changelist")
            assert address in index
            assert client.get(address).status_code == 200
        for name in added:
            assert client.get(reverse(f"admin:{name}_add")).status_code == 200


def test_what_was_done_in_a_lost_role_is_shown_without_its_link(houses, signed_in):
    person = person_with("organizer", "organization", houses.own)
    client = signed_in(person)
    draft = houses.own.objects["competition"]
    page = reverse("admin:competitions_competition_change", args=[draft.pk])
    cancel = reverse("admin:competitions_competition_do", args=[draft.pk, "cancel"])
    client.post(cancel, {"reason": "No money."})
    assert page in client.get(reverse("admin:index")).text
    person.memberships.update(organization=houses.foreign.organization)
    text = client.get(reverse("admin:index")).text
    assert draft.title in text
    assert page not in text
