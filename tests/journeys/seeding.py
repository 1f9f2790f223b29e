"""Runs inside the site's environment: people, competitions, decisions; answers JSON.

python -m tests.journeys.seeding people PASSWORD
python -m tests.journeys.seeding decide SLUG APPROVED_TOKEN [REJECTED_TOKEN]
python -m tests.journeys.seeding dispute PROPOSED_TOKEN APPEALED_TOKEN
python -m tests.journeys.seeding handover PASSWORD NAME
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore

from campaigns import workflow as advertising
from campaigns.models import Campaign
from competitions import workflow as competing
from competitions.models import Category, Competition, Prize
from mycenas.accounts.models import Membership, Organization, Role, User
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.demo.contents import PEOPLE
from mycenas.demo.seed import seed_organization
from mycenas.staff.exports.kinds import kind_named
from mycenas.staff.exports.workflow import request_export
from submissions.models import Submission
from submissions.review import workflow as reviewing
from submissions.review.appeals import workflow as appeals
from submissions.review.disqualification import workflow as disqualification
from tests.camera import photograph

CAROL = "organizer@example.org"
ADMIN = "admin@example.org"
# Claims end when their moderator opens another page: the queue has its own two.
REVIEWERS = ("reviewer1@example.org", "reviewer2@example.org")
# They decide without scripts, in competitions of their own.
PLAIN = ("plain.organizer@example.org", "plain.moderator@example.org")
STAFF = (
    *(CAROL, "moderator@example.org", "sponsor@example.org", ADMIN),
    *REVIEWERS,
    *PLAIN,
)
GUESTS = 80
BACKEND = "django.contrib.auth.backends.ModelBackend"


def people(password: str) -> dict[str, Any]:
    """The demo's people, guests without a password, and where they can go."""
    # One digest for all: making it takes half a second by design.
    digest = make_password(password)
    known = {one: person(one, name, digest) for one, name in PEOPLE.items()}
    User.objects.filter(email=ADMIN).update(is_staff=True, is_superuser=True)
    organization = seed_organization(known)
    for email in REVIEWERS:
        reviewer = person(email, email.partition("@")[0], make_password(None))
        Membership.objects.create(
            organization=organization, user=reviewer, role=Role.MODERATOR
        )
    rooms(organization, known[CAROL])
    guests = [
        person(f"guest{number}@example.org", f"Guest {number}", make_password(None))
        for number in range(GUESTS)
    ]
    return {
        "staff": {one: session(User.objects.get(email=one)) for one in STAFF},
        "guests": {one.email: session(one) for one in guests},
    }


def person(email: str, name: str, digest: str) -> User:
    user = User.objects.create(email=email, name=name, password=digest)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def session(user: User) -> str:
    """The cookie of a browser in which the person is signed in."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def rooms(organization: Organization, carol: User) -> None:
    """One competition for each thing that can stand in an entry's way."""
    room(organization, carol, "wide-open", max_entries=200, max_megabytes=2)
    room(organization, carol, "faults", max_entries=200)
    room(organization, carol, "queue", max_entries=200)
    room(organization, carol, "keys")
    room(organization, carol, "rows")
    room(organization, carol, "grid")
    room(organization, carol, "imports")
    room(organization, carol, "one-each", max_entries=1)
    over = room(organization, carol, "stopped")
    competing.close_entries_early(over, reason="The hall is full.", by=carol)
    gone = room(organization, carol, "cancelled")
    competing.cancel(gone, reason="The roof leaks.", by=carol)
    room(organization, carol, "hall")
    Competition.objects.create(organization=organization, slug="draft", title="A draft")
    with_own_people(
        room(organization, carol, "bare", max_entries=9),
        room(organization, carol, "veiled", blind=True),
    )
    room(organization, carol, "decided")
    room(organization, carol, "unannounced")


def with_own_people(*competitions: Competition) -> None:
    """Give competitions an organizer and a moderator who have no other roles."""
    for email, role in zip(PLAIN, (Role.ORGANIZER, Role.MODERATOR), strict=True):
        user = person(email, email.partition("@")[0].title(), make_password(None))
        for competition in competitions:
            competition.roles.create(user=user, role=role)


def room(
    organization: Organization, carol: User, slug: str, **limits: Any
) -> Competition:
    now = database.now()
    competition = Competition.objects.create(
        organization=organization,
        slug=slug,
        title=f"The room {slug}",
        summary="Pictures of one room.",
        brief="One **room**, looked at for a long time.",
        rules="1. You made the work yourself.",
        time_zone="Europe/Athens",
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=30),
        **limits,
    )
    Prize.objects.create(competition=competition, name="The Lantern")
    if slug in ("hall", "decided"):
        Category.objects.create(competition=competition, name="Rooms", slug="rooms")
    competing.open_entries(competition, by=carol)
    return competition


def decide(slug: str, approved: str, rejected: str = "") -> dict[str, Any]:
    """Review what was entered; two rooms go on, “decided” to its announcement."""
    carol = User.objects.get(email=CAROL)
    bob = User.objects.get(email="moderator@example.org")
    winner = Submission.objects.get(token=approved)
    reviewing.approve(winner, by=bob, is_final=True)
    if rejected:
        entry = Submission.objects.get(token=rejected)
        reviewing.reject(entry, reason="It shows no room.", by=bob, is_final=True)
    if slug in ("decided", "unannounced"):
        give_prize(Competition.objects.get(slug=slug), winner, carol)
    if slug == "decided":
        competing.announce_winners(Competition.objects.get(slug=slug), by=carol)
    elif slug == "hall":
        hall = Competition.objects.get(slug=slug)
        sponsor(hall, carol)
        export(hall, carol)
    return {"entry": winner.get_absolute_url()}


def dispute(proposed: str, appealed: str) -> dict[str, Any]:
    """A moderator proposes to disqualify an entry; an artist appeals for another."""
    bob = User.objects.get(email="moderator@example.org")
    entry = Submission.objects.get(token=proposed)
    reviewing.approve(entry, by=bob, is_final=True)
    disqualification.propose(entry, reason="It is of another artist.", by=bob)
    rejected = Submission.objects.get(token=appealed)
    reviewing.reject(rejected, reason="It shows no room.", by=bob, is_final=True)
    appeals.make(rejected, text="It shows a very small room.", by=rejected.participant)
    return {}


def give_prize(competition: Competition, winner: Submission, carol: User) -> None:
    competing.close_entries_early(competition, reason="All are here.", by=carol)
    competing.close(competition, by=carol)
    prize = competition.prizes.get()
    winner.refresh_from_db()
    reviewing.give_award(prize, winner, citation="It is quiet.", by=carol)


def sponsor(competition: Competition, carol: User) -> None:
    campaign = Campaign.objects.create(
        competition=competition,
        sponsor=User.objects.get(email="sponsor@example.org"),
        created_by=User.objects.get(email="sponsor@example.org"),
        name="Window panes",
        headline="Panes for rooms.",
        alt_text="A pane of old glass.",
        target_url="https://panes.example/",
        starts_at=database.now() - timedelta(days=1),
        ends_at=database.now() + timedelta(days=1),
    )
    advertising.set_picture(campaign, io.BytesIO(photograph(8, size=(1200, 628))))
    advertising.approve(campaign, by=carol)
    advertising.schedule(campaign, by=carol)


def handover(password: str, name: str) -> dict[str, Any]:
    """An organization of its own, its contest of last year, and who will run one."""
    admin, organizer, moderator = (
        person(f"{role}.{name}@lamps.example", role.title(), make_password(password))
        for role in ("administrator", "organizer", "moderator")
    )
    User.objects.filter(pk=admin.pk).update(is_staff=True, is_superuser=True)
    organization = Organization.objects.create(name=f"Lamps {name}", slug=f"l-{name}")
    now = database.now()
    last = Competition.objects.create(
        organization=organization,
        slug=f"lamps-{name}",
        title=f"The lamp, {name}",
        summary="Pictures of one lamp.",
        brief="One **lamp**, looked at for a long time.",
        rules="1. You made the work yourself.",
        time_zone="Europe/Athens",
        opens_at=now - timedelta(days=395),
        closes_at=now - timedelta(days=335),
    )
    Prize.objects.create(competition=last, name="The Lantern")
    last.move("open", opened_at=DatabaseNow())
    competing.begin_moderation(last, by=User.objects.get(pk=admin.pk))
    people = {"admin": admin, "organizer": organizer, "moderator": moderator}
    return {role: one.email for role, one in people.items()} | {
        "organization": organization.name,
        "title": last.title,
    }


def export(competition: Competition, carol: User) -> None:
    """A file of the entries, which the worker begins to write."""
    entries = kind_named("entries")
    assert entries is not None
    request_export(entries, competition, by=carol)


COMMANDS: dict[str, Callable[..., dict[str, Any]]] = {
    "people": people,
    "decide": decide,
    "dispute": dispute,
    "handover": handover,
}


def main(command: str, *arguments: str) -> None:
    """Do what the command says and tell what came of it."""
    sys.stdout.write(f"{json.dumps(COMMANDS[command](*arguments))}\n")
