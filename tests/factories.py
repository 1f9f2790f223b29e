"""Objects for tests, brought into their states by the real workflow.

``CompetitionFactory(state=...)`` and ``SubmissionFactory(state=...)`` walk the
machines; nothing here writes a state by itself. What has no verb, because only time
brings it about, goes through ``move``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone as timezone
from factory.declarations import LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from campaigns import workflow as campaigning
from campaigns.models import Campaign
from campaigns.states import CampaignState as C
from competitions import workflow as competing
from competitions.models import Category, Competition, Prize
from competitions.states import CompetitionState
from mycenas.accounts.models import Membership, Organization, Role, User
from mycenas.core.approvals.models import Approval
from mycenas.core.audit.actor import in_name_of
from mycenas.core.db.database import DatabaseNow
from mycenas.imaging.rendering import WIDTHS, RenderedFile, RenderedImage
from mycenas.staff.exports import workflow as exporting
from mycenas.staff.exports.kinds import kind_named
from mycenas.staff.exports.models import Export
from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import StagedFile, store
from submissions.intake import workflow as intake
from submissions.intake.entry import Entry
from submissions.models import Award, Submission
from submissions.processing import workflow as processing
from submissions.receipts import workflow as receipts
from submissions.review import workflow as review
from submissions.review.disqualification import workflow as disqualification
from submissions.states import SubmissionState as S

DAY = timedelta(days=1)
SHORTEST = timedelta(microseconds=1)
# Makers are known by names without a type, for a type checker would take what they
# make for the makers themselves.

# Enough of a JPEG to be received; it cannot be decoded.
JPEG_HEAD = b"\xff\xd8\xff\xe0"


class UserMaker(DjangoModelFactory):
    class Meta:
        model = User

    email = Sequence("person{}@example.org".format)
    name = Sequence("Person {}".format)


UserFactory: Any = UserMaker


class OrganizationMaker(DjangoModelFactory):
    class Meta:
        model = Organization

    name = Sequence("Organization {}".format)
    slug = Sequence("organization-{}".format)


OrganizationFactory: Any = OrganizationMaker


def staff(role: Role, organization: Organization, **fields: Any) -> User:
    """A new person with ``role`` there."""
    user: User = UserFactory(**fields)
    Membership.objects.create(user=user, organization=organization, role=role)
    user.refresh_from_db(fields=["is_staff"])
    return user


def organizer_of(thing: Any) -> User:
    """An organizer of the competition's, entry's or campaign's organization."""
    competition = getattr(thing, "competition", thing)
    organization = getattr(competition, "organization", competition)
    found = User.objects.filter(
        memberships__organization=organization, memberships__role=Role.ORGANIZER
    ).first()
    return found or staff(Role.ORGANIZER, organization)


def moderator_of(thing: Any) -> User:
    competition = getattr(thing, "competition", thing)
    return staff(Role.MODERATOR, competition.organization)


class CompetitionMaker(DjangoModelFactory):
    """A competition in ``state``, with one prize and, beyond *closed*, one winner.

    Given dates that lie in the past are kept: it is then opened by ``move``.
    """

    class Meta:
        model = Competition

    organization = SubFactory(OrganizationMaker)
    title = Sequence("Contest {}".format)
    slug = Sequence("contest-{}".format)
    brief = "Send us *light*."
    rules = "Your own work."
    opens_at = LazyFunction(lambda: timezone.now() - DAY)
    closes_at = LazyFunction(lambda: timezone.now() + DAY)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Competition:
        state = kwargs.pop("state", CompetitionState.DRAFT)
        competition: Competition = super()._create(model_class, *args, **kwargs)
        PrizeFactory(competition=competition)
        walk_competition(competition, state)
        return competition


CompetitionFactory: Any = CompetitionMaker


def walk_competition(competition: Competition, to: str) -> Competition:
    """Move the competition forward, step by step, until it is in ``to``."""
    path = list(CompetitionState)
    start = path.index(CompetitionState(competition.state))
    for state in path[start + 1 : path.index(CompetitionState(to)) + 1]:
        _COMPETITION_STEPS[state](competition)
    return competition


def _open(competition: Competition) -> None:
    if competition.closes_at and competition.closes_at > timezone.now():
        competing.open_entries(competition, by=organizer_of(competition))
    else:
        competition.move(CompetitionState.OPEN, opened_at=DatabaseNow())


def _begin_moderation(competition: Competition) -> None:
    by = organizer_of(competition)
    if competition.closes_at and competition.closes_at > timezone.now():
        competing.close_entries_early(competition, reason="Full.", by=by)
        competition.refresh_from_db()
    else:
        competing.begin_moderation(competition, by=by)


def _close(competition: Competition) -> None:
    competing.close(competition, by=organizer_of(competition))


def _announce(competition: Competition) -> None:
    if not competition.awards.exists():
        _give_a_prize(competition)
    competing.announce_winners(competition, by=organizer_of(competition))


def _give_a_prize(competition: Competition) -> None:
    winner = competition.submissions.filter(state=S.APPROVED).first()
    assert winner, "give an approved entry to a competition before announcing winners"
    AwardFactory(submission=winner)


_COMPETITION_STEPS: dict[str, Callable[[Competition], None]] = {
    CompetitionState.OPEN: _open,
    CompetitionState.MODERATION: _begin_moderation,
    CompetitionState.CLOSED: _close,
    CompetitionState.WINNER_ANNOUNCED: _announce,
}


def contest(state: str, *, entries: int = 1, **fields: Any) -> Any:
    """A competition in ``state`` that approved entries were made to."""
    competition = CompetitionFactory(state=CompetitionState.OPEN, **fields)
    for _ in range(entries):
        SubmissionFactory(competition=competition, state=S.APPROVED)
    return walk_competition(competition, state)


class CategoryMaker(DjangoModelFactory):
    class Meta:
        model = Category

    competition = SubFactory(CompetitionMaker)
    name = Sequence("Category {}".format)
    slug = Sequence("category-{}".format)


CategoryFactory: Any = CategoryMaker


class PrizeMaker(DjangoModelFactory):
    class Meta:
        model = Prize

    competition = SubFactory(CompetitionMaker)
    name = Sequence("Prize {}".format)


PrizeFactory: Any = PrizeMaker


class AwardMaker(DjangoModelFactory):
    """The first free prize of the entry's competition, given by the workflow."""

    class Meta:
        model = Award

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Award:
        submission = kwargs["submission"]
        given = Award.objects.standing().values("prize")
        free = submission.competition.prizes.exclude(pk__in=given)
        prize = kwargs.get("prize") or free.get()
        by = organizer_of(submission)
        return review.give_award(prize, submission, by=by, citation="Light.")


AwardFactory: Any = AwardMaker


def staged(data: bytes | None = None) -> StagedFile:
    """A real staged file; unlike any other unless ``data`` is given."""
    writer = store().stage()
    writer.write(data or JPEG_HEAD + secrets.token_bytes(16))
    return writer.seal()


def words(**changes: Any) -> Entry:
    """What a participant says, with a key of its own."""
    said: dict[str, Any] = {
        "title": "Dusk",
        "description": "Made of light.",
        "alt_text": "A boat at dusk",
        "category": None,
        "idempotency_key": secrets.token_hex(16),
    }
    return Entry(**{**said, **changes})


# What `render` would return, for tests that need no decoding.
PICTURE = RenderedImage(
    media_type="image/jpeg",
    width=1600,
    height=1200,
    dhash=42,
    renditions=tuple(
        RenderedFile(width, Path("/nowhere"), width, width * 3 // 4, 1000, "0" * 64)
        for width in WIDTHS
    ),
)


def names_of(submission: Submission) -> dict[int, str]:
    """Names for renditions, as processing gives them."""
    name = submission.public_id
    return {
        width: f"{name[:2]}/{name}-{submission.attempt}-{width}.webp"
        for width in WIDTHS
    }


class SubmissionMaker(DjangoModelFactory):
    """An entry in ``state``; by default with facts, but no files, of renditions."""

    class Meta:
        model = Submission

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Submission:
        state = S(kwargs.pop("state", S.RESERVED))
        data = kwargs.pop("data", None)
        competition = kwargs.pop("competition", None) or CompetitionFactory(
            state=CompetitionState.OPEN
        )
        participant = kwargs.pop("participant", None) or UserFactory()
        window = {"upload_window": SHORTEST, "declared_upload_window": SHORTEST}
        usual = {name: getattr(competition, name) for name in window}
        rows = Competition.objects.filter(pk=competition.pk)
        if state == S.EXPIRED:
            rows.update(**window)
        ticket = intake.reserve(competition, words(**kwargs), by=participant)
        if state == S.EXPIRED:
            rows.update(**usual)
        return walk_submission(ticket, state, data)


SubmissionFactory: Any = SubmissionMaker


def walk_submission(ticket: Submission, to: S, data: bytes | None = None) -> Submission:
    """Move a reservation forward, step by step, until it is in ``to``."""
    for step in _PATHS[to]:
        _SUBMISSION_STEPS[step](ticket, data)
        ticket.refresh_from_db()
    return ticket


_TO_PENDING = (S.RECEIVED, S.PROCESSING, S.PENDING)
_PATHS: dict[S, tuple[S, ...]] = {
    S.RESERVED: (),
    S.RECEIVED: _TO_PENDING[:1],
    S.PROCESSING: _TO_PENDING[:2],
    S.QUARANTINED: (*_TO_PENDING[:2], S.QUARANTINED),
    S.PENDING: _TO_PENDING,
    S.APPROVED: (*_TO_PENDING, S.APPROVED),
    S.REJECTED: (*_TO_PENDING, S.REJECTED),
    S.DISQUALIFIED: (*_TO_PENDING, S.APPROVED, S.DISQUALIFIED),
    S.WITHDRAWN: (*_TO_PENDING, S.WITHDRAWN),
    S.EXPIRED: (S.EXPIRED,),
}


def _receive(ticket: Submission, data: bytes | None) -> None:
    intake.receive(ticket, staged(data), name="dusk.jpg", files=store())


def _claim(ticket: Submission, data: bytes | None) -> None:
    assert processing.claim(ticket.pk)


def _commit(ticket: Submission, data: bytes | None) -> None:
    # No picture is like another.
    processing.commit(ticket, replace(PICTURE, dhash=secrets.randbits(63)))


def _quarantine(ticket: Submission, data: bytes | None) -> None:
    processing.quarantine(ticket, code="damaged", fault="The picture is damaged.")


_SUBMISSION_STEPS: dict[S, Callable[[Submission, bytes | None], None]] = {
    S.RECEIVED: _receive,
    S.PROCESSING: _claim,
    S.QUARANTINED: _quarantine,
    S.PENDING: _commit,
    S.APPROVED: lambda t, _: review.approve(t, by=organizer_of(t), is_final=True),
    S.REJECTED: lambda t, _: review.reject(
        t, reason="Blurred.", by=organizer_of(t), is_final=True
    ),
    S.DISQUALIFIED: lambda t, _: disqualify(t),
    S.WITHDRAWN: lambda t, _: receipts.withdraw(t, by=t.participant),
    S.EXPIRED: lambda t, _: expire(t),
}


def expire(ticket: Submission) -> None:
    """Expire a reservation, as if its upload window had passed.

    Only the owner of the tables can move the end of a window that has not.
    """
    if ticket.upload_until < timezone.now():
        ticket.move(S.EXPIRED)
        return
    table = Submission._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER submission_facts_stay")
        Submission.objects.filter(pk=ticket.pk).update(
            upload_until=F("arrived_at") + SHORTEST
        )
        cursor.execute(
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER submission_facts_stay"
        )
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    ticket.move(S.EXPIRED)


class ExportMaker(DjangoModelFactory):
    """An export of a competition's entries in ``state``, written by the workflow."""

    class Meta:
        model = Export

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Export:
        state = kwargs.pop("state", X.QUEUED)
        of = kwargs.pop("of", None) or CompetitionFactory()
        by = kwargs.pop("by", None) or organizer_of(of)
        kind = kind_named(kwargs.pop("kind", "entries"))
        assert kind
        export = exporting.request_export(kind, of, by=by, **kwargs)
        for step in _EXPORT_PATHS[X(state)]:
            step(export)
            export.refresh_from_db()
        return export


ExportFactory: Any = ExportMaker


def _expire(export: Export) -> None:
    export.move(X.EXPIRED)


_TO_DONE = (exporting.start, exporting.write)
_EXPORT_PATHS: dict[X, tuple[Callable[[Export], object], ...]] = {
    X.QUEUED: (),
    X.RUNNING: _TO_DONE[:1],
    X.DONE: _TO_DONE,
    X.FAILED: (exporting.start, lambda export: exporting.fail(export, "Broken.")),
    X.EXPIRED: (*_TO_DONE, _expire),
}


def disqualify(
    entry: Submission,
    *,
    reason: str = "Copied.",
    by: User | None = None,
    confirmed_by: User | None = None,
) -> None:
    """What two persons do: all of it, or nothing."""
    second = confirmed_by or moderator_of(entry)
    with transaction.atomic():
        proposal = disqualification.propose(
            entry, reason=reason, by=by or organizer_of(entry)
        )
        disqualification.confirm(entry, digest=proposal.digest, by=second)


def confirmed_disqualification(entry: Submission, reason: str = "Copied.") -> Approval:
    """What the guard of the entry asks for, made by hand; nothing is done by it."""
    first = moderator_of(entry)
    with in_name_of(first):
        approval = Approval.objects.create(
            kind=disqualification.NAME,
            target_table=entry._meta.db_table,
            target_id=entry.pk,
            reason=reason,
            proposed_by=first,
            expires_at=timezone.now() + DAY,
        )
    second = moderator_of(entry)
    with in_name_of(second):
        approval.move("confirmed", decided_by=second, decided_at=DatabaseNow())
    return approval


class CampaignMaker(DjangoModelFactory):
    """A campaign in ``state`` inside its window; approved beyond *draft*."""

    class Meta:
        model = Campaign

    competition = SubFactory(CompetitionMaker, state=CompetitionState.OPEN)
    sponsor = SubFactory(UserMaker)
    created_by = SubFactory(UserMaker)
    name = Sequence("Campaign {}".format)
    headline = "Paper that lasts"
    target_url = "https://paper.example/"
    alt_text = "A sheet of paper"
    starts_at = LazyFunction(lambda: timezone.now() - DAY)
    ends_at = LazyFunction(lambda: timezone.now() + DAY)
    picture = "sheet.webp"
    picture_width = 960
    picture_height = 502

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Campaign:
        state = kwargs.pop("state", C.DRAFT)
        campaign: Campaign = super()._create(model_class, *args, **kwargs)
        walk_campaign(campaign, state)
        return campaign


CampaignFactory: Any = CampaignMaker


_CAMPAIGN_PATHS: dict[C, tuple[C, ...]] = {
    C.DRAFT: (),
    C.SCHEDULED: (C.SCHEDULED,),
    C.RUNNING: (C.SCHEDULED, C.RUNNING),
    C.PAUSED: (C.SCHEDULED, C.RUNNING, C.PAUSED),
    C.ENDED: (C.SCHEDULED, C.ENDED),
}


def walk_campaign(campaign: Campaign, to: str) -> Campaign:
    """Bring a draft into ``to``, approved on the way."""
    by = organizer_of(campaign)
    if to != C.DRAFT:
        campaigning.approve(campaign, by=by)
    for state in _CAMPAIGN_PATHS[C(to)]:
        changes: dict[str, Any] = {}
        if state == C.ENDED:
            changes["ended_at"] = DatabaseNow()
        campaign.move(state, **changes)
    return campaign
