"""Eve, who has an account and no role, sends a form to every address there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from campaigns.models import Campaign
from competitions.models import Category, Competition, Prize
from interactions.models import Like
from mycenas.accounts.models import Membership, Organization, Role, User
from mycenas.core.models import Mail
from submissions.models import Award, Submission
from submissions.states import SubmissionState as S
from tests.factories import (
    AwardFactory,
    CampaignFactory,
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    contest,
)
from tests.fuzz.addresses import every_address

pytestmark = pytest.mark.django_db

# Her own account is hers to change; these pages belong to a library.
LIBRARY = ("accounts/", "admin/login", "admin/logout", "admin/jsi18n")
OURS = (Competition, Category, Prize, Submission, Award, Campaign, Organization)
ROWS = (*OURS, Membership, Like, User, Mail)


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


ROUTES = sorted(
    route
    for route in set(routes(get_resolver().url_patterns))
    if not route.startswith(LIBRARY)
)


def filled(route: str, values: dict[str, Any]) -> str:
    """The route as an address, with a real value in every place."""
    path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", route)
    path = path.replace("^", "").replace("$", "").replace("\\", "")
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), path)
    return "/" + path


@pytest.fixture
def world() -> dict[str, Any]:
    """One of everything, none of it hers."""
    competition = contest("closed", entries=2)
    entry = competition.submissions.first()
    AwardFactory(submission=entry)
    SubmissionFactory(state=S.PENDING)
    CampaignFactory()
    return {
        "slug": competition.slug,
        "public_id": entry.public_id,
        "token": entry.token,
        "width": 320,
        "pk": Campaign.objects.get().pk,
        "signed": "forged",
        "name": "approve",
        "object_id": 1,
        "app_label": "submissions",
        "content_type_id": 1,
        "id": entry.pk,
        "url": "elsewhere",
        "path": "x",
        "number": 1,
        "position": 1,
    }


def everything() -> dict[str, list[tuple[Any, ...]]]:
    return {
        model.__name__: list(model.objects.order_by("pk").values_list())
        for model in ROWS
    }


def ids_of(route: str) -> list[int]:
    """The rows an admin address could be about."""
    for model in (*OURS, User, Membership):
        if f"admin/{model._meta.app_label}/{model._meta.model_name}/" in route:
            return list(model.objects.values_list("pk", flat=True))[:2]
    return [1]


FORM = {"title": "Eve", "reason": "x", "post": "yes", "name": "Eve", "is_staff": "on"}


def verbs_of(route: str) -> list[str]:
    """The names of the verbs of the desk that an address takes."""
    (admin_class,) = (
        admin_class
        for model, admin_class in admin.site._registry.items()
        if f"admin/{model._meta.app_label}/{model._meta.model_name}/" in route
    )
    return [verb.name for verb in getattr(admin_class, "verbs", ())]


def addresses(route: str, world: dict[str, Any]) -> Iterator[str]:
    verbs = verbs_of(route) if "/do/" in route else ["approve"]
    ids = ids_of(route) if "object_id" in route else [1]
    for verb in verbs:
        for number in ids:
            yield filled(route, {**world, "name": verb, "object_id": number})


@pytest.mark.parametrize("is_staff", [False, True], ids=["eve", "eve-with-a-desk"])
def test_eve_changes_nothing_anywhere(is_staff, world):
    eve = UserFactory(name="Eve")
    if is_staff:
        Membership.objects.create(
            user=eve, organization=OrganizationFactory(), role=Role.MODERATOR
        )
    client = Client(raise_request_exception=False)
    client.force_login(eve)
    before = everything()
    for route in ROUTES:
        for address in addresses(route, world):
            answer = client.post(address, FORM)
            assert answer.status_code < 500, address
            if "/like/" in address:
                assert Like.objects.get().user == eve
                Like.objects.all().delete()
        assert everything() == before, route


def to_sign_in(answer: Any) -> bool:
    """Whether an answer leads to a sign-in page."""
    return "login/?next=" in answer.headers.get("Location", "")


def test_who_must_sign_in_comes_back_to_a_whole_page(world, signed_in):
    """By every address of the site, with a link, a form, or a part of a page."""
    client = Client(raise_request_exception=False)
    after = signed_in(UserFactory(is_staff=True, is_superuser=True))
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/entries/x/?a"}
    tried = set()
    for address in every_address():
        values = {part: str(world.get(part, "1")) for part in address.parts}
        path = address.filled(values)
        if path.startswith("/admin/") and "/do/" not in path:
            continue  # The desk has one door; its verbs stand for all of it.
        for ask in (client.get, client.post):
            answer: Any = ask(path)
            if answer.streaming:
                b"".join(answer.streaming_content)
            if not to_sign_in(answer):
                continue
            query = urlsplit(answer["Location"]).query
            back: Any = after.get(parse_qs(query)["next"][0], follow=True)
            assert back.status_code != 405, path
            assert back.streaming or "<html" in back.text, path
            if back.streaming:
                b"".join(back.streaming_content)
            part = ask(path, headers=here)
            assert part.status_code == 200, path
            assert "Location" not in part, path
            login = reverse("account_login")
            assert part["HX-Redirect"] == f"{login}?next=%2Fentries%2Fx%2F%3Fa", path
            tried.add((path, ask.__name__))
    entry = f"/entries/{world['public_id']}"
    for known in (f"{entry}/like/", f"{entry}/unlike/", "/me/"):
        assert (known, "post") in tried
    assert len(tried) > 20


def test_the_table_of_addresses_is_read_whole():
    assert len(ROUTES) > 40
    assert any("receipts" in route for route in ROUTES)
    verbs = [verbs_of(route) for route in ROUTES if "do/<slug:name>" in route]
    assert sum(map(len, verbs)) > 15


def test_forms_of_other_sites_are_refused(world):
    """Without the token of our own page nothing is done."""
    entry = Submission.objects.filter(state=S.PENDING).get()
    client = Client(enforce_csrf_checks=True)
    client.force_login(entry.participant)
    answer = client.post(f"/receipts/{entry.token}/withdraw/")
    assert answer.status_code == 403
    entry.refresh_from_db()
    assert entry.state == S.PENDING


@pytest.mark.parametrize("address", ["/", "/accounts/login/"])
def test_pages_allow_no_foreign_and_no_inline_code(client, address):
    policy = client.get(address)["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
