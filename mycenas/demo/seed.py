"""Fills a new site: every entry goes through the real intake and the real worker."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

from allauth.account.models import EmailAddress
from django.db.models import Q

from campaigns import workflow as campaigns
from campaigns.models import Campaign
from competitions import workflow as competitions
from competitions.covers.workflow import set_cover
from competitions.models import Category, Competition, Prize
from interactions import workflow as interactions
from mycenas.accounts.models import Membership, Organization, Role, User
from mycenas.core.db import database
from mycenas.demo import contents
from mycenas.demo.art import TITLES, as_jpeg, draw, poster
from mycenas.demo.rounds import best_of, seed_published_round, seed_round
from mycenas.demo.visitor import Visitor
from mycenas.staff.pictures import rendered
from submissions.models import Submission
from submissions.review import workflow as review
from submissions.states import SubmissionState

Say = Callable[[str], None]
# At least as wide as the widest rendition.
SIZES = ((1920, 1280), (1920, 2400), (1920, 1920), (1920, 1200))
COVER_SIZE = (1920, 900)
STATES = ("draft", "open", "moderation", "closed", "winner_announced")


@dataclass(frozen=True)
class Work:
    """A drawing of the demonstration, named by style and number."""

    style: str
    number: int

    @classmethod
    def read(cls, names: str) -> list[Work]:
        return [cls(name[:-1], int(name[-1])) for name in names.split()]

    @property
    def size(self) -> tuple[int, int]:
        return SIZES[(len(self.style) + self.number) % len(SIZES)]

    def jpeg(self) -> bytes:
        """Draw it: less than a second on one core."""
        image = draw(self.style, self.number, self.size)
        title = TITLES[self.style][self.number].title
        return as_jpeg(image, title=title, artist="Mycenas demo")


def is_seeded() -> bool:
    """Whether the demonstration is complete: its last step has been taken."""
    last = contents.CONTESTS[-1]
    return Competition.objects.filter(slug=last.slug, state=last.state).exists()


def seed(base_url: str, password: str, say: Say) -> None:
    """Build what is missing; may be repeated after an interruption."""
    people = seed_people(password)
    organization = seed_organization(people)
    visitors = sign_in(base_url, password)
    for contest in contents.CONTESTS:
        say(f"{contest.title}: entries are drawn, uploaded and checked")
        competition = seed_competition(contest, organization, people)
        if competition.state == "open":
            enter_works(competition, contest, visitors, say)
        if contest == contents.CONTESTS[-1]:
            # Before the last step, which marks the demonstration as complete.
            seed_campaign(people, say)
            seed_likes()
        advance(competition, contest, people)


def seed_people(password: str) -> dict[str, User]:
    """The people, with verified addresses; all share one password."""
    people: dict[str, User] = {}
    for email, name in contents.PEOPLE.items():
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, password, name=name)
        elif not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        EmailAddress.objects.get_or_create(
            user=user, email=email, defaults={"verified": True, "primary": True}
        )
        people[email] = user
    admin = people["admin@example.org"]
    User.objects.filter(pk=admin.pk).update(is_superuser=True)
    admin.refresh_from_db()
    return people


def seed_organization(people: dict[str, User]) -> Organization:
    organization, _created = Organization.objects.get_or_create(
        slug="customs-house", defaults={"name": "Old Customs House"}
    )
    for role in Role:
        user = people[f"{role}@example.org"]
        Membership.objects.get_or_create(
            organization=organization, user=user, role=role
        )
    return organization


def sign_in(base_url: str, password: str) -> dict[str, Visitor]:
    visitors = {email: Visitor(base_url) for email in contents.ARTISTS}
    for email, visitor in visitors.items():
        visitor.sign_in(email, password)
    return visitors


def seed_competition(
    contest: contents.Contest, organization: Organization, people: dict[str, User]
) -> Competition:
    """Draft it with its parts, then open it."""
    now = database.now().replace(minute=0, second=0, microsecond=0)
    competition, _created = Competition.objects.get_or_create(
        slug=contest.slug,
        defaults={
            "organization": organization,
            "title": contest.title,
            "summary": contest.summary,
            "brief": contest.brief,
            "rules": contents.RULES,
            "time_zone": contest.time_zone,
            "opens_at": now - timedelta(days=contest.opened_days_ago),
            "closes_at": now + timedelta(days=contest.closes_in_days),
            "max_entries": 4,
        },
    )
    if competition.state == "draft":
        seed_parts(competition, contest)
        seed_cover(competition, contest, people["organizer@example.org"])
        competitions.open_entries(competition, by=people["organizer@example.org"])
    return competition


def seed_parts(competition: Competition, contest: contents.Contest) -> None:
    for position, name in enumerate(contest.categories, 1):
        Category.objects.get_or_create(
            competition=competition,
            slug=name.lower().replace(" ", "-"),
            defaults={"name": name, "position": position},
        )
    for position, (name, description) in enumerate(contest.prizes, 1):
        Prize.objects.get_or_create(
            competition=competition,
            name=name,
            defaults={"description": description, "position": position},
        )


def seed_cover(
    competition: Competition, contest: contents.Contest, organizer: User
) -> None:
    """Draw the cover, wide and low, and store it as the admin does."""
    if competition.cover:
        return
    (work,) = Work.read(contest.cover)
    image = draw(work.style, work.number, COVER_SIZE)
    data = as_jpeg(image, title=contest.title, artist="Mycenas demo")
    with rendered(io.BytesIO(data)) as picture:
        competition.change(cover_alt=contest.cover_alt)
        set_cover(competition, picture, by=organizer)


def enter_works(
    competition: Competition,
    contest: contents.Contest,
    visitors: dict[str, Visitor],
    say: Say,
) -> None:
    """Upload every work, wait for the worker, and approve what is to be approved."""
    accepted = Work.read(contest.works)
    works = accepted + Work.read(contest.waiting)
    categories = cycle(competition.categories.values_list("slug", flat=True))
    artists = cycle(visitors)
    moderator = User.objects.get(email="moderator@example.org")
    with ProcessPoolExecutor(2) as pool:
        pictures: Iterator[bytes] = pool.map(Work.jpeg, works)
        for work, data in zip(works, pictures, strict=True):
            visitor = visitors[next(artists)]
            token = enter_work(visitor, competition, work, data, next(categories))
            say(f"  {TITLES[work.style][work.number].title}")
            if work in accepted:
                visitor.wait_until_processed(token)
                accept(token, moderator)


def enter_work(
    visitor: Visitor, competition: Competition, work: Work, data: bytes, category: str
) -> str:
    words = TITLES[work.style][work.number]
    fields = {
        "title": words.title,
        "description": words.description,
        "alt_text": words.alt_text,
        "category": category,
        "accept_rules": "on",
        "idempotency_key": f"demo-{work.style}-{work.number}",
    }
    name = f"{words.title.lower().replace(' ', '-')}.jpg"
    return visitor.enter(competition.slug, fields, name, data)


def accept(token: str, moderator: User) -> None:
    submission = Submission.objects.get(token=token)
    if submission.state == SubmissionState.PENDING:
        review.approve(submission, by=moderator, is_final=True)


def advance(
    competition: Competition, contest: contents.Contest, people: dict[str, User]
) -> None:
    """Move on to the state that the demonstration shows."""
    carol = people["organizer@example.org"]
    target = STATES.index(contest.state)
    if STATES.index(competition.state) < min(target, 2):
        reason = "The walls are full: every place for this season is taken."
        competitions.close_entries_early(competition, reason=reason, by=carol)
    if STATES.index(competition.state) < min(target, 3):
        competitions.close(competition, by=carol)
    if contest.state == "closed":
        seed_round(competition, people)
    if STATES.index(competition.state) < target:
        seed_published_round(competition, people)
        give_prizes(competition, carol)
        competitions.announce_winners(competition, by=carol)


def give_prizes(competition: Competition, carol: User) -> None:
    """The first prize for the first place, and so on."""
    for prize, entry, citation in zip(
        competition.prizes.order_by("position"),
        best_of(competition),
        contents.CITATIONS,
        strict=False,
    ):
        if prize.awards.exists():
            continue
        review.give_award(prize, entry, citation=citation, by=carol)


def seed_campaign(people: dict[str, User], say: Say) -> None:
    """A sponsor's campaign on the open competition."""
    competition = Competition.objects.get(slug=contents.CONTESTS[0].slug)
    now = database.now()
    campaign, _created = Campaign.objects.get_or_create(
        competition=competition,
        name=contents.CAMPAIGN["name"],
        defaults={
            "sponsor": people["sponsor@example.org"],
            "created_by": people["organizer@example.org"],
            "starts_at": now - timedelta(minutes=1),
            "ends_at": now + timedelta(days=30),
            **contents.CAMPAIGN,
        },
    )
    if campaign.state != "draft":
        return
    say("A sponsor's campaign is drawn, approved and scheduled")
    picture = io.BytesIO(
        as_jpeg(poster(1), title=contents.CAMPAIGN["name"], artist="Halden Paper")
    )
    campaigns.set_picture(campaign, picture)
    campaigns.approve(campaign, by=people["admin@example.org"])
    campaigns.schedule(campaign, by=people["organizer@example.org"])


def seed_likes() -> None:
    """Some likes, so that the counts can be seen."""
    fans = list(User.objects.filter(Q(email__in=contents.PEOPLE)).order_by("pk"))
    for number, entry in enumerate(Submission.objects.in_gallery().order_by("pk")):
        for fan in fans[: (number * 5) % len(fans)]:
            if fan.pk == entry.participant_id:
                continue
            if not entry.likes.filter(user=fan).exists():
                interactions.like(entry, by=fan)
