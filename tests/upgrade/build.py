"""Runs with the code of the earlier commit: people, competitions and hard cases.

Everything goes through the verbs of that time, as in its own tests. What no verb of
that time allowed, but the database did, is written by SQL at the end.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import (  # noqa: E402
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from submissions.storage import store  # noqa: E402

from campaigns import counting  # noqa: E402
from campaigns import workflow as campaigning  # noqa: E402
from campaigns.models import Campaign  # noqa: E402
from competitions import workflow as competing  # noqa: E402
from competitions.models import Category, Competition, Prize  # noqa: E402
from interactions.models import Like, View  # noqa: E402
from mycenas.accounts.models import Membership, Organization, Role, User  # noqa: E402
from mycenas.core.clock import DatabaseNow  # noqa: E402
from submissions.intake import keys, signing  # noqa: E402
from submissions.intake import workflow as intake  # noqa: E402
from submissions.intake.tus import workflow as tus  # noqa: E402
from submissions.models import Submission  # noqa: E402
from submissions.processing import workflow as processing  # noqa: E402
from submissions.review import workflow as review  # noqa: E402
from submissions.states import SubmissionState as S  # noqa: E402
from tests.camera import photograph  # noqa: E402

BACKEND = "django.contrib.auth.backends.ModelBackend"
FAR = datetime(2150, 1, 1, tzinfo=UTC)
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
SIZE = (64, 48)


class People:
    """Everybody in the fixture, by the first part of the address."""

    def __init__(self) -> None:
        self.organization = Organization.objects.create(name="Hall", slug="hall")
        names = ("carol", "bob", "alice", "noor", "dan", "ada")
        self.known = {name: self._person(f"{name}@example.org") for name in names}
        self.known["mixed"] = self._mixed()
        self._roles()

    def __getitem__(self, name: str) -> User:
        return self.known[name]

    def _person(self, email: str) -> User:
        user = User.objects.create_user(email, "lion-gate-at-noon", name=email[:4])
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    def _mixed(self) -> User:
        user = User.objects.create(email="Upabc@Example.org", name="Upa")
        EmailAddress.objects.create(user=user, email=user.email, verified=True)
        return user

    def _roles(self) -> None:
        roles = {
            "carol": Role.ORGANIZER,
            "bob": Role.MODERATOR,
            "dan": Role.SPONSOR,
            "noor": Role.JUROR,
        }
        for name, role in roles.items():
            Membership.objects.create(
                organization=self.organization, user=self[name], role=role
            )
        staff = [self[name].pk for name in ("carol", "bob", "ada")]
        User.objects.filter(pk__in=staff).update(is_staff=True)
        User.objects.filter(pk=self["ada"].pk).update(is_superuser=True)
        group = Group.objects.create(name="Press office")
        group.permissions.add(Permission.objects.get(codename="view_campaign"))
        self["bob"].groups.add(group)
        self["noor"].user_permissions.add(
            Permission.objects.get(codename="view_competition")
        )

    def sessions(self) -> dict[str, str]:
        """Cookies of browsers in which they are signed in, for a hundred years."""
        return {name: self._session(user) for name, user in self.known.items()}

    def _session(self, user: User) -> str:
        user.refresh_from_db()
        browser = SessionStore()
        browser[SESSION_KEY] = str(user.pk)
        browser[BACKEND_SESSION_KEY] = BACKEND
        browser[HASH_SESSION_KEY] = user.get_session_auth_hash()
        browser.set_expiry(100 * 365 * 24 * 60 * 60)
        browser.create()
        return str(browser.session_key)


class Fixture:
    """One database with one row for each hard case."""

    def __init__(self) -> None:
        self.people = People()
        self.carol = self.people["carol"]
        self.bob = self.people["bob"]
        self.receipts: list[dict[str, Any]] = []
        self._pictures = 0

    def draft(self, slug: str, **fields: Any) -> Competition:
        given = {"opens_at": NOW - DAY, "closes_at": FAR, "max_entries": 20, **fields}
        competition = Competition.objects.create(
            organization=self.people.organization,
            slug=slug,
            title=f"The room {slug}",
            brief="One **room**.",
            rules="1. Your own work.",
            **given,
        )
        Prize.objects.create(competition=competition, name="The Lantern")
        Category.objects.create(competition=competition, name="Rooms", slug="rooms")
        return competition

    def opened(self, slug: str, **fields: Any) -> Competition:
        competition = self.draft(slug, **fields)
        competing.open_entries(competition, by=self.carol)
        return competition

    def reserved(
        self, competition: Competition, title: str, by: User, **declared: Any
    ) -> Submission:
        entry = intake.Entry(
            title=title,
            description="Made of light.",
            alt_text="A boat",
            category=competition.categories.get(),
            idempotency_key=f"key-{competition.slug}-{title}",
            **declared,
        )
        return intake.reserve(competition, entry, by=by)

    def received(self, competition: Competition, title: str, by: User) -> Submission:
        ticket = self.reserved(competition, title, by)
        self._pictures += 1
        writer = store().stage()
        writer.write(photograph(self._pictures, size=SIZE))
        intake.receive(ticket, writer.seal(), name="boat.jpg", files=store())
        return self.signed(ticket)

    def signed(self, ticket: Submission) -> Submission:
        """Keep the signed receipt that its artist could have downloaded."""
        ticket.refresh_from_db()
        self.receipts.append(
            {
                "token": ticket.token,
                "public_id": ticket.public_id,
                "sha256": ticket.sha256,
                "title": ticket.title,
                "jws": signing.sign(ticket, keys.signing_key()),
            }
        )
        return ticket

    def pending(self, competition: Competition, title: str, by: User) -> Submission:
        ticket = self.received(competition, title, by)
        processing.process(ticket.pk)
        ticket.refresh_from_db()
        return ticket

    def approved(self, competition: Competition, title: str, by: User) -> Submission:
        ticket = self.pending(competition, title, by)
        review.approve(ticket, by=self.bob)
        ticket.refresh_from_db()
        return ticket

    def final(self) -> None:
        """Decided for good, signed by a key that is retired now."""
        final = self.opened("final")
        winner = self.approved(final, "Winner", self.people["alice"])
        self.approved(final, "Second", self.people["mixed"])
        competing.close_entries_early(final, reason="All are here.", by=self.carol)
        competing.close(final, by=self.carol)
        self.award(final, winner)
        competing.announce_winners(final, by=self.carol)
        keys.rotate()

    def award(self, competition: Competition, winner: Submission) -> None:
        prize = competition.prizes.get()
        citation = "It is quiet."
        review.give_award(prize, winner, citation=citation, by=self.carol)

    def closed(self) -> None:
        closed = self.opened("closed")
        winner = self.approved(closed, "Prize given", self.people["alice"])
        competing.close_entries_early(closed, reason="Full.", by=self.carol)
        competing.close(closed, by=self.carol)
        self.award(closed, winner)
        award = winner.awards.get()
        review.take_award_back(award, reason="The wrong one.", by=self.carol)
        self.award(closed, winner)

    def others(self) -> None:
        """Moderation, cancelled, draft, and those whose dates are set by hand."""
        judged = self.opened("moderation")
        self.pending(judged, "Waits for a moderator", self.people["alice"])
        own = self.pending(judged, "Approved by its own artist", self.bob)
        review.approve(own, by=self.bob)
        competing.close_entries_early(judged, reason="Full.", by=self.carol)
        gone = self.opened("cancelled")
        self.approved(gone, "Shown nowhere", self.people["alice"])
        self.received(gone, "Of a cancelled competition", self.people["noor"])
        competing.cancel(gone, reason="The roof leaks.", by=self.carol)
        self.draft("draft")
        self.opened("endless")
        for name in ("infinite", "far", "early", "patient", "nowhere"):
            self.draft(f"draft-{name}")

    def hall(self) -> dict[str, Any]:
        """The open competition with an entry in every state."""
        hall = self.opened("open")
        alice, noor, mixed = (self.people[name] for name in ("alice", "noor", "mixed"))
        self.reserved(hall, "No file yet", noor)
        self.received(hall, "Received", noor)
        self.pending(hall, "Pending", mixed)
        approved = self.approved(hall, "Approved", alice)
        self.decided(hall)
        self.interrupted(hall)
        for fan in (noor, alice):
            Like.objects.create(submission=approved, user=fan)
        View.objects.create(submission=approved, visitor="0" * 32, viewed_on=NOW.date())
        self.campaigns(hall)
        return self.half_sent(hall)

    def decided(self, hall: Competition) -> None:
        noor = self.people["noor"]
        rejected = self.pending(hall, "Rejected", noor)
        review.reject(rejected, reason="It shows no room.", by=self.bob)
        thrown_out = self.approved(hall, "Disqualified", noor)
        review.disqualify(thrown_out, reason="Copied.", by=self.bob)
        withdrawn = self.approved(hall, "Withdrawn", noor)
        intake.withdraw(withdrawn, by=noor)
        expired = self.reserved(hall, "Expired", noor)
        expired.move(S.EXPIRED)
        reopened = self.approved(hall, "Reopened", noor)
        review.reopen(reopened, reason="Looked at too quickly.", by=self.bob)

    def interrupted(self, hall: Competition) -> None:
        """Quarantined, and taken by a worker that was killed."""
        bad = self.received(hall, "Quarantined", self.people["noor"])
        claimed = processing.claim(bad.pk)
        assert claimed
        processing.quarantine(claimed, code="damaged", fault="The file is damaged.")
        lost = self.received(hall, "Processing", self.people["alice"])
        assert processing.claim(lost.pk)
        Submission.objects.filter(pk=lost.pk).update(
            lease_until=DatabaseNow() - timedelta(minutes=5)
        )

    def half_sent(self, hall: Competition) -> dict[str, Any]:
        data = photograph(99, size=SIZE)
        alice = self.people["alice"]
        ticket = self.reserved(hall, "Half sent", alice, size=len(data))
        half = len(data) // 2
        upload = tus.upload_for(ticket, length=len(data), file_name="half.jpg")
        assert upload
        part = store().part(upload.name)
        part.begin(0)
        part.write(data[:half])
        part.sync()
        part.discard()
        tus.progress(upload, before=0, now=half)
        (Path(settings.DATA_DIR) / "half.jpg").write_bytes(data)
        return {"name": upload.name, "offset": half, "token": ticket.token}

    def campaigns(self, hall: Competition) -> None:
        running = self.campaign(hall, "Paper", "https://paper.example/")
        self.running(running)
        showing = counting.new_showing(running)
        counting.count_click(showing)  # type: ignore[call-arg]
        counting.count_impression(  # type: ignore[call-arg]
            counting.new_showing(running)
        )
        self.running(self.campaign(hall, "Endless paper", "https://paper.example/"))
        self.campaign(hall, "Patient paper", "https://paper.example/")
        self.running(self.campaign(hall, "Old paper", "ftps://paper.example/a"))
        self.campaign(hall, "Named paper", "https://user:secret@paper.example/")
        self.campaign(hall, "Exact paper", "https://exämple.org/straße")
        ended = self.campaign(hall, "Past paper", "https://paper.example/")
        self.running(ended)
        campaigning.end(ended, by=self.carol)

    def campaign(self, hall: Competition, name: str, target: str) -> Campaign:
        campaign = Campaign.objects.create(
            competition=hall,
            sponsor=self.people["dan"],
            name=name,
            headline="Paper that lasts",
            alt_text="A sheet of paper",
            target_url=target,
            starts_at=NOW - DAY,
            ends_at=FAR,
        )
        picture = io.BytesIO(photograph(8, size=(96, 50)))
        if name == "Paper":
            self._picture = campaign
            campaigning.set_picture(campaign, picture)
        else:
            Campaign.objects.filter(pk=campaign.pk).update(
                picture=self._picture.picture,
                picture_width=self._picture.picture_width,
                picture_height=self._picture.picture_height,
            )
            campaign.refresh_from_db()
        return campaign

    def running(self, campaign: Campaign) -> None:
        campaigning.approve(campaign, by=self.carol)
        campaigning.schedule(campaign, by=self.carol)
        campaigning.keep_windows()
        campaign.refresh_from_db()


def main(target: Path) -> None:
    fixture = Fixture()
    fixture.final()
    fixture.closed()
    fixture.others()
    facts = {"half_sent": fixture.hall(), "receipts": fixture.receipts}
    facts["sessions"] = fixture.people.sessions()
    target.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
