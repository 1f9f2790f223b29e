"""A small site with something in every state, people in every role, and their pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign
from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.accounts.models import Organization, Role, User
from submissions.intake.upload_urls import upload_for
from submissions.states import SubmissionState as S
from tests.factories import (
    AwardFactory,
    CampaignFactory,
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    staff,
)
from tests.fuzz.addresses import Address, every_address
from tests.fuzz.wire import Answered, Asked

FIELD = re.compile(rb"<(?:input|textarea|select)\b[^>]*>", re.DOTALL)
ATTRIBUTE = re.compile(rb'\b(name|value)="([^"]*)"')

Form = dict[str, str]
READERS = ("anonymous", "participant", "superuser")


@dataclass
class World:
    """``known`` are values that parts of addresses may have; the rest is for forms."""

    sessions: dict[str, str]
    known: dict[str, tuple[str, ...]]
    addresses: list[Address] = field(default_factory=every_address)
    forms: dict[tuple[str, str], Form] = field(default_factory=dict)
    _rows: list[Session] = field(default_factory=list)

    def remember(self) -> None:
        self._rows = list(Session.objects.all())

    def restore(self) -> None:
        """Sign everybody in again whom a request has signed out."""
        for row in self._rows:
            row.expire_date = timezone.now() + timedelta(days=1)
        Session.objects.bulk_create(
            self._rows,
            update_conflicts=True,
            unique_fields=["session_key"],
            update_fields=["session_data", "expire_date"],
        )

    def some(self, part: str) -> str:
        return self.known.get(part, ("1",))[0]

    def read_forms(self, ask: Callable[[Asked], Answered]) -> None:
        """Ask everybody's pages for the fields of their forms."""
        for address in self.addresses:
            path = address.filled({part: self.some(part) for part in address.parts})
            if "logout" in path:
                continue
            for who in READERS:
                page = ask(Asked("GET", path, who)).body
                self.forms[path, who] = dict(_fields(page))

    def form(self, path: str, who: str) -> Form:
        """The fields of a page; of the superuser's, for those who have less."""
        found = self.forms.get((path, who if who in READERS else "superuser"))
        return found or {}


def _fields(page: bytes) -> Any:
    for tag in FIELD.findall(page):
        told = {
            name.decode(): unescape(text.decode("utf-8", "replace"))
            for name, text in ATTRIBUTE.findall(tag)
        }
        if told.get("name"):
            yield told["name"], told.get("value", "")


def build() -> World:
    """Needs a database that keeps what is committed."""
    organization = OrganizationFactory()
    people = {
        "participant": UserFactory(),
        "organizer": staff(Role.ORGANIZER, organization),
        "moderator": staff(Role.MODERATOR, organization),
        "sponsor": staff(Role.SPONSOR, organization),
        "superuser": UserFactory(is_staff=True, is_superuser=True),
    }
    for one in people.values():
        one.set_password("lion-gate-at-noon")
        one.save()
        EmailAddress.objects.create(
            user=one, email=one.email, verified=True, primary=True
        )
    world = World(
        {"anonymous": ""} | {who: session_of(one) for who, one in people.items()},
        known_of(organization, people),
    )
    world.remember()
    return world


def session_of(person: User) -> str:
    client = Client()
    client.force_login(person)
    return str(client.cookies["sessionid"].value)


def known_of(
    organization: Organization, people: dict[str, User]
) -> dict[str, tuple[str, ...]]:
    room = CompetitionFactory(
        organization=organization, state=CompetitionState.OPEN, max_entries=500
    )
    CategoryFactory(competition=CompetitionFactory(organization=organization))
    ada = people["participant"]
    entries = [
        SubmissionFactory(competition=room, participant=ada, state=state)
        for state in (S.APPROVED, S.RESERVED, S.RECEIVED, S.PENDING, S.QUARANTINED)
    ]
    upload = upload_for(entries[1], length=1000, file_name="dusk.jpg")
    campaign: Campaign = CampaignFactory(competition=room, sponsor=people["sponsor"])
    AwardFactory(
        submission=contest(
            CompetitionState.CLOSED, organization=organization
        ).submissions.get()
    )
    return {
        "slug": tuple(Competition.objects.values_list("slug", flat=True)),
        "token": tuple(entry.token for entry in entries),
        "public_id": tuple(entry.public_id for entry in entries),
        "name": (upload.name if upload else "", "approve", "cancel", "open"),
        "object_id": ("1", str(room.pk), str(campaign.pk), "2"),
        "pk": (str(campaign.pk), "1"),
        "width": ("320", "1920"),
        "signed": ("signed:1:2",),
        "app_label": ("competitions", "submissions"),
        "content_type_id": ("1",),
        "url": ("accounts",),
        "key": ("abc",),
        "organization": (str(organization.pk),),
    }
