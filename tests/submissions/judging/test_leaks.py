"""No address shows what a juror gave, wrote or declared to others before it is public.

The site's own role answers, with real commits, since row-level security decides. The
addresses come from the URL resolver, so that new ones are asked by themselves.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import NotAllowed
from mycenas.core.models import AuditEntry, Mail
from mycenas.staff.exports.access import kinds_for
from mycenas.staff.exports.states import ExportState
from mycenas.storage import store
from submissions.judging.models import Score
from submissions.judging.publishing import workflow
from submissions.judging.states import RoundState
from tests.database.approle import as_the_site, connect
from tests.factories import ExportFactory, UserFactory, staff
from tests.sessions import client_of
from tests.staff.addresses import addresses, public_addresses
from tests.submissions.judging.publishing.rounds import publish
from tests.submissions.judging.world import Jury

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Zephyrine Quill"
POINTS = "7.313"
# What is published with the result, and what is only for the juror.
SCORES = re.compile(r"7[.,]313")
WORDS = re.compile("quillnote|quillfeedback|quillreason|quillabstain", re.IGNORECASE)
PRIVATE = re.compile("quillnote|quillreason|quillabstain", re.IGNORECASE)
NOTHING = re.compile(r"(?!)")
Who = tuple[str, ...]
# About the own account alone, and one of them signs out.
LEFT_OUT = "/accounts/"
OPEN = (
    "ALTER POLICY score_seen ON judging_score USING (true)",
    "ALTER POLICY remark_seen ON judging_remark USING (true)",
)


class House:
    """A blind round: the first juror scores, notes, abstains and has a conflict."""

    def __init__(self) -> None:
        self.jury = jury = Jury(entries=3, is_open=False, blind=True)
        jury.criterion.step = "0.001"
        jury.criterion.save()
        artist = jury.entries[0].participant
        artist.name = NAME
        artist.save()
        jury.open()
        self.first, self.second = (client_of(one.user) for one in jury.jurors)
        of = jury.competition.organization
        self.people: dict[str, Client] = {
            "visitor": Client(),
            "artist": client_of(artist),
            "juror": self.second,
            "moderator": client_of(staff(Role.MODERATOR, of)),
            "organizer": client_of(staff(Role.ORGANIZER, of)),
            "admin": client_of(UserFactory(is_superuser=True)),
        }
        self._judge()

    def address(self, name: str, juror: int, entry: int) -> str:
        where = [self.jury.round.pk, self.jury.pair(juror, entry).position]
        return reverse(f"judging:{name}", args=where)

    def _judge(self) -> None:
        criterion = f"criterion-{self.jury.criterion.pk}"
        said = {
            "after": "0", criterion: POINTS, "note": "Quillnote.",
            "feedback": "Quillfeedback.",
        }  # fmt: skip
        self._post("entry", 0, said)
        self._post("abstain", 1, {"reason": "Quillabstain."})
        self._post("conflict", 2, {"kind": "team", "explanation": "Quillreason."})
        plain = {"after": "0", criterion: "5", "note": "", "feedback": ""}
        for entry in range(3):
            self._post("entry", entry, plain, juror=1)

    def _post(self, name: str, entry: int, data: Any, juror: int = 0) -> None:
        client = (self.first, self.second)[juror]
        assert client.post(self.address(name, juror, entry), data).status_code == 302

    def public(self) -> list[str]:
        entry, competition = self.jury.entries[0], self.jury.competition
        values = {
            "slug": competition.slug, "number": self.jury.round.pk, "name": "open",
            "position": self.jury.pair(1, 0).position, "public_id": entry.public_id,
            "token": entry.token, "width": 960, "pk": 1, "secret": "x", "signed": "x",
            "uidb36": "x", "key": "x",
        }  # fmt: skip
        return [one for one in public_addresses(values) if not one.startswith(LEFT_OUT)]

    def desk(self) -> list[str]:
        jury = self.jury
        objects = {
            str(model._meta.model_name): model._default_manager.order_by("-pk").first()
            for model in admin.site._registry
        } | {
            "competition": jury.competition,
            "organization": jury.competition.organization,
            "submission": jury.entries[0],
            "round": jury.round,
            "user": jury.jurors[0].user,
        }
        # Also what was judged otherwise than by points.
        others = [
            reverse("admin:submissions_submission_history", args=[one.pk])
            for one in jury.entries[1:]
        ]
        return [
            reverse("admin:index"),
            *(one.path for one in addresses(objects)),
            *others,
        ]


@pytest.fixture
def house() -> Iterator[House]:
    with as_the_site():
        yield House()


def answer_text(answer: Any) -> str:
    body = answer.getvalue() if answer.streaming else answer.content
    return f"{dict(answer.headers)} {body.decode('utf-8', 'replace')}"


def unpacked(answer: Any) -> str:
    """Of a package also what its files say."""
    if answer.headers.get("Content-Type") != "application/zip":
        return ""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        return " ".join(package.read(n).decode() for n in package.namelist())


def seen_by(client: Client, asked: list[str], *hidden: re.Pattern[str]) -> set[str]:
    """Assert that no answer has what is hidden; returns what was opened."""
    opened = set()
    for address in asked:
        is_desk = address.startswith("/admin/")
        for accept in ("text/html",) if is_desk else ("text/html", "application/json"):
            answer: Any = client.get(address, headers={"accept": accept})
            assert answer.status_code < 500 or "healthz" in address, address
            text = answer_text(answer) + unpacked(answer)
            for one in hidden:
                found = one.search(text)
                assert not found, (address, text[max(0, found.start() - 200) :][:400])
            opened.update([address] * (answer.status_code == 200))
    return opened


def crawl(
    house: House, words: re.Pattern[str], *, scores_for: Who = (), desk_of: Who = ()
) -> Any:
    """As each person; ``scores_for`` names those who may read the scores."""
    public, desk = house.public(), house.desk()
    opened = {}
    for who, client in house.people.items():
        scores = NOTHING if who in scores_for else SCORES
        names = re.compile(NAME) if who in ("visitor", "juror") else NOTHING
        asked = [*public, *(desk if who in desk_of else ())]
        opened[who] = seen_by(client, asked, scores, words, names)
    return SimpleNamespace(**opened)


def assert_no_words_are_kept(words: re.Pattern[str], *, with_scores: bool) -> None:
    """In the journal and in mails, and in exports of those who may export."""
    texts = [str(one) for one in AuditEntry.objects.values_list("changes", "reason")]
    texts += [f"{mail.subject} {mail.body}" for mail in Mail.objects.all()]
    hidden = [words, *([SCORES] if with_scores else [])]
    assert [t for t in texts for one in hidden if one.search(t)] == []


def exported(person: Any, *of: Any) -> Iterator[str]:
    for kind in kinds_for(person):
        for one in of:
            try:
                export = ExportFactory(
                    kind=kind.name, of=one, by=person, state=ExportState.DONE
                )
            except NotAllowed:
                continue
            with store().open_export(export.file) as file:
                yield file.read().decode("utf-8", "replace")


STAFF = ("moderator", "organizer", "admin")
EVERYBODY = ("visitor", "artist", "juror", "moderator", "organizer", "admin")


def test_nothing_that_a_juror_gave_or_wrote_leaks(house: House) -> None:
    jury = house.jury
    queue = reverse("judging:queue", args=[jury.round.pk])
    own = house.address("entry", 1, 0)
    page = reverse("admin:judging_round_change", args=[jury.round.pk])
    history = reverse("admin:judging_round_history", args=[jury.round.pk])
    result = reverse("submissions:result", args=[jury.competition.slug, jury.round.pk])
    package = f"{result}results.zip"

    # While jurors score: nobody, not even those who run the site.
    seen = crawl(house, WORDS, desk_of=STAFF)
    assert {queue, own} <= seen.juror
    for one in (seen.organizer, seen.admin):
        assert {page, history} <= one
        assert result not in one
    assert_no_words_are_kept(WORDS, with_scores=True)

    # Sealed, and not published: organizers and administrators read the scores.
    jury.round.move(RoundState.CLOSED, closed_at=DatabaseNow())
    workflow.seal(jury.round)
    may = ("organizer", "admin")
    seen = crawl(house, WORDS, scores_for=may, desk_of=("organizer",))
    assert {result, package} <= seen.organizer
    assert package not in seen.moderator | seen.artist | seen.juror | seen.visitor

    # Published: the scores are public, the notes and reasons never, the names not yet.
    publish(jury)
    seen = crawl(house, PRIVATE, scores_for=EVERYBODY)
    assert package in seen.visitor
    assert SCORES.search(unpacked(house.people["visitor"].get(package)))
    assert_no_words_are_kept(PRIVATE, with_scores=True)


def test_no_export_has_what_is_sealed(house: House) -> None:
    competition = house.jury.competition
    for person in (
        staff(Role.ORGANIZER, competition.organization),
        staff(Role.MODERATOR, competition.organization),
    ):
        texts = list(exported(person, competition, competition.organization))
        assert len(texts) > 1
        for text in texts:
            assert not WORDS.search(text)
            assert not SCORES.search(text)


def test_the_crawl_finds_what_its_juror_may_see(house: House) -> None:
    """The control: the same pages show it to the one whose it is."""
    text = answer_text(house.first.get(house.address("entry", 0, 0)))
    assert SCORES.search(text)
    assert len(set(WORDS.findall(text))) == 2
    assert "Quillabstain" in answer_text(house.first.get(house.address("entry", 0, 1)))


def test_a_policy_that_is_open_is_noticed(house: House) -> None:
    """The control of the other protection: what the policies alone hide."""
    assert list(Score.objects.values_list("given", flat=True)) == []
    with connect(as_owner=True) as owner:
        before = owner.execute(
            "SELECT policyname, tablename, qual FROM pg_policies"
            " WHERE policyname IN ('score_seen', 'remark_seen')"
        ).fetchall()
        for sql in OPEN:
            owner.execute(sql.encode())
        try:
            found = str(list(Score.objects.values_list("given", flat=True)))
        finally:
            for name, table, using in before:
                owner.execute(
                    f"ALTER POLICY {name} ON {table} USING ({using})".encode()
                )
    assert SCORES.search(found)
