"""Every address of the admin × every role × own and foreign objects.

Addresses come from the URL resolver and verbs from their registry, so new ones are
asked by themselves, with GET and with POST. What a role does not open is 404; no link
on a page that it opens leads to one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from mycenas.accounts.models import Role
from tests.factories import OrganizationFactory, UserFactory, staff
from tests.staff.addresses import REDIRECT, Address, addresses, others
from tests.staff.houses import CLOSED, PAGES, give, pages_of, person_with, undone

pytestmark = pytest.mark.django_db

# Pages that name no object.
LISTED = ("changelist", "add", "queue")
# A part of a page that says by its status that it will not change any more.
STOP_POLLING = 286
# What a page of one's own answers to an empty form: shown again, or led to the object.
ANSWERED = (200, 302, STOP_POLLING)
# Pages that are looked at only, or whose form names its act: the rest is no page.
READ_ONLY = {("organization", "change")}
NAMES_ITS_ACT = ("queue", "review")
# Pages of no model: which of them need no role at all, and which are asked elsewhere.
WITHOUT_ROLE = {"login/", "logout/"}
# Why a person cannot do something is for those who give roles.
EXPLAINED = "why/"
WITH_ROLE = {"", "jsi18n/", "password_change/", "password_change/done/", EXPLAINED}
ASKED_BELOW = {
    "autocomplete/",
    "r/<path:content_type_id>/<path:object_id>/",
    "(?P<url>.*)$",
}
MOST_OF_A_KIND = 2
SOAK = (pytest.mark.trial, pytest.mark.soak)
HREF = re.compile(r"""<a\b[^>]*\bhref=["']([^"']+)""")


def test_a_role_opens_its_pages_and_no_others(houses, signed_in):
    """One test for all roles: they look at the same objects."""
    own = [(True, *one) for one in addresses(houses.own.objects)]
    # Pages of other models name no house, and lists no object.
    foreign = [
        (False, *one)
        for one in addresses(houses.foreign.objects)
        if one.model in houses.foreign.objects and one.page not in LISTED
    ]
    for role, kind in PAGES:
        client = signed_in(person_with(role, kind, houses.own))
        found = answers(client, pages_of(role, kind), [*own, *foreign])
        assert list(found) == [], (role, kind)
    # Roles without a desk, and less so people without a role, open none of it.
    closed = UserFactory()
    for role in CLOSED:
        for kind in ("organization", "competition"):
            give(closed, role, kind, houses.own)
    assert list(answers(signed_in(closed), {}, own)) == [], CLOSED
    sample = [one for one in own if one[2] in ("change", "changelist")]
    assert list(answers(signed_in(UserFactory()), {}, sample)) == []


def answers(client: Client, opens: dict[str, set[str]], asked: Any) -> Iterator[Any]:
    """What is answered differently from what it should be."""
    for is_own, *one in asked:
        address = Address(*one)
        if address.page == "public" and address.model in opens and is_own:
            continue  # The crawl below follows them.
        if address.page == REDIRECT and opens:
            # It leads to the page that is asked by itself, whatever the object.
            if client.get(address.path).status_code != 302:
                yield address, is_own
            continue
        is_open = is_own and address.page in opens.get(address.model, ())
        # Of a verb, to act says as much as to be asked.
        says_by_post = not is_own or address.model in opens
        if address.page != "do" or not says_by_post:
            yield from wrong_get(client, address, is_own, is_open)
        # The others are closed before the method matters.
        if address.model in opens:
            yield from wrong_post(client, address, is_own, is_open)
    yield from answers_of_no_model(client, opens)


def wrong_get(
    client: Client, address: Address, is_own: bool, is_open: bool
) -> Iterator[Any]:
    status = client.get(address.path).status_code
    if status not in ((200, STOP_POLLING) if is_open else (404,)):
        yield address, is_own, status


def wrong_post(
    client: Client, address: Address, is_own: bool, is_open: bool
) -> Iterator[Any]:
    is_open = is_open and address[:2] not in READ_ONLY
    is_open = is_open and address.page not in NAMES_ITS_ACT
    with undone():
        status = client.post(address.path).status_code
    if status not in (ANSWERED if is_open else (404,)):
        yield address, is_own, "POST", status


def answers_of_no_model(client: Client, opens: Any) -> Iterator[Any]:
    root = reverse("admin:index")
    explains = "people" in opens.get("competition", ())
    for route in WITH_ROLE:
        is_open = explains if route == EXPLAINED else opens
        status = client.get(root + route).status_code
        if status != (200 if is_open else 404):
            yield route, status
    labels = {model._meta.app_label for model in admin.site._registry}
    opened = {
        model._meta.app_label
        for model in admin.site._registry
        if "changelist" in opens.get(str(model._meta.model_name), ())
    }
    for label in labels:
        status = client.get(f"{root}{label}/").status_code
        if status != (200 if label in opened else 404):
            yield label, status
    if client.get(f"{root}nothing/").status_code != 404:
        yield "nothing"
    query = {"app_label": "accounts", "model_name": "membership", "field_name": "user"}
    if client.get(reverse("admin:autocomplete"), query).status_code != 404:
        yield "autocomplete"


def test_no_address_of_the_admin_is_left_out():
    labels = {route for route in others() if "app_label" in route}
    assert len(labels) == 1
    assert others() - labels == WITHOUT_ROLE | WITH_ROLE | ASKED_BELOW


def test_anonymous_visitors_are_led_to_the_sign_in(houses):
    client = Client()
    for name, page, address in addresses(houses.own.objects):
        for ask in (client.get, client.post):
            answer = ask(address)
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
    person.memberships.all().delete()
    person.memberships.create(
        organization=houses.foreign.organization, role=Role.ORGANIZER
    )
    text = client.get(reverse("admin:index")).text
    assert draft.title in text
    assert page not in text
