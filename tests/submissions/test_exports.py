"""What exports of a competition hold: artists, decisions, journal, and the files."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from typing import Any

import pytest
from django.urls import reverse

from competitions.blind.workflow import unblind
from competitions.roles.models import CompetitionRole
from mycenas.accounts.models import Role
from mycenas.core.audit.actor import acting
from mycenas.core.http.errors import NotAllowed
from mycenas.core.models import Mail
from mycenas.staff.exports import workflow
from mycenas.staff.exports.archives import PROBLEMS, SUMS
from mycenas.staff.exports.kinds import kind_named, kinds
from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import store
from submissions.intake import workflow as intake
from submissions.review import workflow as review
from submissions.review.appeals import workflow as appeals
from submissions.review.disqualification import workflow as disqualification
from submissions.review.permits import workflow as permits
from submissions.states import SubmissionState as S
from tests.factories import (
    AwardFactory,
    CategoryFactory,
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    walk_submission,
    words,
)
from tests.staff.exports.reading import read_back
from tests.staff.test_blind_crawl import by

pytestmark = pytest.mark.django_db

# Of the names of tables: what artists and moderators say about entries.
PARTS = {"appeals", "permits"}


def content(export):
    assert export.state == X.DONE, export.problem
    with store().open_export(export.file) as file:
        return file.read()


def table(**wanted):
    export = ExportFactory(state=X.DONE, **wanted)
    return list(csv.DictReader(io.StringIO(content(export).decode())))


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=9)


def test_artists_are_listed_once_with_their_entries(competition):
    ada, bo = UserFactory(name="=Ada"), UserFactory()
    make = {"competition": competition}
    first = SubmissionFactory(**make, participant=ada, state=S.APPROVED)
    SubmissionFactory(**make, participant=ada, state=S.PENDING)
    SubmissionFactory(**make, participant=bo, state=S.RECEIVED)
    SubmissionFactory(**make, state=S.RESERVED)
    SubmissionFactory(participant=bo, state=S.APPROVED)
    rows = table(kind="people", of=competition)
    counts = [(row["email"], row["entries"], row["accepted"]) for row in rows]
    assert counts == [(ada.email, "2", "1"), (bo.email, "1", "0")]
    assert rows[0]["name"] == "'=Ada"
    assert rows[0]["first_arrival"][:19] == first.arrived_at.isoformat()[:19]


def test_all_decisions_are_listed_with_person_and_reason(competition):
    entry = SubmissionFactory(competition=competition, state=S.PENDING)
    SubmissionFactory(state=S.APPROVED)
    person = moderator_of(competition)
    with acting(lambda: (person.pk, "test")):
        review.approve(entry, by=person)
        review.reopen(entry, reason="A mistake.", by=person)
        review.reject(entry, reason="Blurred.", by=person)
    rows = table(kind="decisions", of=competition, by=person)
    assert {read_back(row["reference"]) for row in rows} == {entry.public_id}
    assert {row["decided_by"] for row in rows} == {person.name}
    moves = [(row["before"], row["after"], row["reason"]) for row in rows]
    assert moves == [
        ("pending", "approved", ""),
        ("approved", "pending", "A mistake."),
        ("pending", "rejected", "Blurred."),
    ]


def test_the_journal_is_that_of_the_competition(competition):
    entry = SubmissionFactory(competition=competition)
    SubmissionFactory()
    rows = table(kind="journal", of=competition)
    found = {(row["table"], int(row["row"])) for row in rows}
    assert ("submissions_submission", entry.pk) in found
    assert ("competitions_competition", competition.pk) in found
    prize = competition.prizes.get()
    assert ("competitions_prize", prize.pk) in found
    assert len(found) == 3
    with pytest.raises(NotAllowed):
        ExportFactory(kind="journal", of=competition, by=moderator_of(competition))


def test_the_journal_is_joined_with_the_rows_that_it_is_about():
    """Not searched for each of its entries, which takes hours with many entries."""
    blind = CompetitionFactory(state="open", blind=True)
    person = organizer_of(blind)
    for scope in (blind, blind.organization):
        for name in ("journal", "decisions"):
            kind: Any = kind_named(name)
            plan = kind.rows(scope, person).explain()
            assert "ANY (row_id" not in plan
            assert "core_auditentry" in plan


def test_the_journal_keeps_what_was_deleted(competition):
    draft = CompetitionFactory(organization=competition.organization)
    person = {"user": UserFactory(), "competition": competition}
    gone = [
        CompetitionRole.objects.create(**person, role=Role.JUROR),
        CategoryFactory(competition=competition),
        competition.prizes.get(),
    ]
    CompetitionRole.objects.create(**person, role=Role.MODERATOR)
    CompetitionRole.objects.create(
        user=person["user"], competition=CompetitionFactory(), role=Role.JUROR
    ).delete()
    wanted = {(one._meta.db_table, str(one.pk)) for one in gone}
    of_draft = {
        (one._meta.db_table, str(one.pk)) for one in (draft, *draft.prizes.all())
    }
    for one in (*gone, *draft.prizes.all(), draft):
        one.delete()
    by = organizer_of(competition)
    here = table(kind="journal", of=competition, by=by)
    site = table(kind="journal", of=competition.organization, by=by)
    for rows, deleted in ((here, wanted), (site, wanted | of_draft)):
        found = {
            (row["table"], row["row"]) for row in rows if row["operation"] == "DELETE"
        }
        made = {
            (row["table"], row["row"]) for row in rows if row["operation"] == "INSERT"
        }
        assert found == deleted
        assert found < made


def test_prizes_that_were_given_are_in_the_journal():
    closed = contest("closed")
    award = AwardFactory(submission=closed.submissions.get())
    rows = table(kind="journal", of=closed.organization, by=organizer_of(closed))
    assert ("submissions_award", str(award.pk)) in {
        (row["table"], row["row"]) for row in rows
    }


def reviewed(competition):
    """A rejected entry with an appeal, and one with its changed version."""
    make = {"competition": competition}
    rejected = SubmissionFactory(**make, state=S.REJECTED)
    moderator, artist = moderator_of(competition), rejected.participant
    with by(artist):
        appeal = appeals.make(rejected, text="Look again.", by=artist)
    old = SubmissionFactory(**make, state=S.PENDING)
    with by(moderator):
        permit = permits.request_changes(old, reason="Crop.", days=7, by=moderator)
    said = words(title="Version", replaces=old)
    with by(old.participant):
        new = intake.reserve(competition, said, by=old.participant)
        walk_submission(new, S.RECEIVED)
    return appeal, permit, old, new


def disqualified(competition):
    """An entry whose disqualification was declined once, then confirmed."""
    entry = SubmissionFactory(competition=competition, state=S.APPROVED)
    first, second = moderator_of(competition), organizer_of(competition)
    with by(first):
        disqualification.propose(entry, reason="Traced.", by=first)
    with by(second):
        disqualification.end(entry, reason="No proof.", by=second)
    with by(first):
        proposal = disqualification.propose(entry, reason="Copied.", by=first)
    with by(second):
        disqualification.confirm(entry, digest=proposal.digest, by=second)
    return entry, first, second


def test_proposals_to_disqualify_are_in_the_journal_and_among_the_decisions():
    of = CompetitionFactory(state="open")
    entry, first, second = disqualified(of)
    disqualified(CompetitionFactory(state="open"))
    facts = [
        (first.name, "proposal", "", "proposed", "Traced."),
        (second.name, "proposal", "proposed", "declined", "No proof."),
        (first.name, "proposal", "", "proposed", "Copied."),
        (second.name, "proposal", "proposed", "confirmed", ""),
        (second.name, "entry", "approved", "disqualified", "Copied."),
    ]
    names = ("decided_by", "about", "before", "after", "reason")
    for scope in (of, of.organization):
        rows = table(kind="decisions", of=scope, by=second)
        mine = [row for row in rows if read_back(row["reference"]) == entry.public_id]
        assert len(rows) == len(mine)
        assert [tuple(row[name] for name in names) for row in mine][-5:] == facts
        journal = table(kind="journal", of=scope, by=second)
        proposed = [row for row in journal if row["table"] == "approvals_approval"]
        assert [(row["operation"], row["person"]) for row in proposed] == [
            ("INSERT", first.name),
            ("UPDATE", second.name),
            ("INSERT", first.name),
            ("UPDATE", second.name),
        ]
        assert "Copied." in proposed[2]["changes"]


@pytest.mark.parametrize("blind", [False, True])
def test_what_staff_decide_on_appeals_and_changes_is_among_the_decisions(blind):
    of = CompetitionFactory(state="open", blind=blind)
    appeal, permit, _old, _new = reviewed(of)
    person = moderator_of(of)
    with by(person):
        appeals.dismiss(appeal.submission, answer="It stands.", by=person)
    rows = table(kind="decisions", of=of, by=person)
    beside = [row for row in rows if row["about"] != "entry"]
    assert [(row["about"], row["after"], row["reason"]) for row in beside] == [
        ("request", "open", "Crop."),
        ("appeal", "dismissed", "It stands."),
    ]
    # Artists decide nothing: neither the appeal nor the changed version is there.
    people = {row["decided_by"] for row in beside}
    assert people == {permit.requested_by.name, person.name}


@pytest.mark.parametrize("blind", [False, True])
def test_appeals_and_requests_for_changes_are_in_the_journal(competition, blind):
    of = CompetitionFactory(state="open", blind=blind)
    appeal, permit, old, _new = reviewed(of)
    reviewed(competition)
    for scope in (of, of.organization):
        rows = table(kind="journal", of=scope, by=organizer_of(of))
        mine = [row for row in rows if row["table"].split("_")[0] in PARTS]
        assert [(row["table"], row["row"], row["operation"]) for row in mine] == [
            ("appeals_appeal", str(appeal.pk), "INSERT"),
            ("permits_permit", str(permit.pk), "INSERT"),
            ("permits_permit", str(permit.pk), "UPDATE"),
        ]
        names = [appeal.submission.participant.name, old.participant.name]
        if blind:
            names = ["the artist"] * 2
        assert [row["person"] for row in mine][::2] == names
        assert mine[1]["person"] == permit.requested_by.name
        assert "Look again." in mine[0]["changes"]


def test_a_changed_version_names_the_entry_that_it_replaces(competition):
    _appeal, _permit, old, new = reviewed(competition)
    rows = table(of=competition)
    named = {read_back(row["reference"]): row["replaces"] for row in rows}
    assert read_back(named.pop(new.public_id)) == old.public_id
    assert set(named.values()) == {""}


def test_only_administrators_of_the_site_export_the_outbox(competition):
    Mail.objects.create(to="a@example.org", subject="x", body="secret-code")
    kind = kind_named("mail")
    assert kind
    for person in (organizer_of(competition), moderator_of(competition)):
        with pytest.raises(NotAllowed):
            workflow.request_export(kind, None, by=person)
    root = UserFactory(is_superuser=True)
    export = workflow.request_export(kind, None, by=root)
    assert workflow.run(export.pk)
    export.refresh_from_db()
    data = content(export)
    assert b"a@example.org" in data
    assert b"secret-code" not in data


def test_organizers_export_the_mail_about_their_entries(competition):
    entry = SubmissionFactory(competition=competition, state=S.APPROVED)
    second = moderator_of(entry)
    foreign = SubmissionFactory(state=S.APPROVED)
    Mail.objects.create(to="a@example.org", subject="x", body="secret-code")
    rows = table(kind="mail", of=competition)
    artists = {row["to"] for row in rows if "Accepted" in row["subject"]}
    assert artists == {entry.participant.email}
    to = {row["to"] for row in rows}
    assert not to & {foreign.participant.email, "a@example.org"}
    kind = kind_named("mail")
    assert kind
    organizer = organizer_of(entry)
    whole = table(kind="mail", of=competition.organization, by=organizer)
    assert {row["to"] for row in whole} == to
    theirs = foreign.competition
    for of, by_whom in (
        (theirs, organizer),
        (theirs.organization, organizer),
        (None, organizer),
        (competition, second),
    ):
        with pytest.raises(NotAllowed):
            workflow.request_export(kind, of, by=by_whom)


def test_the_mail_of_a_blind_competition_names_no_recipient():
    of = CompetitionFactory(state="open", blind=True)
    entry = SubmissionFactory(competition=of, state=S.APPROVED)
    person = organizer_of(of)
    rows = table(kind="mail", of=of, by=person)
    assert {row["to"] for row in rows} == {""}
    assert any("Accepted" in row["subject"] for row in rows)
    unblind(of, reason="The artist asked for help.", by=person)
    rows = table(kind="mail", of=of, by=person)
    assert {row["to"] for row in rows} == {entry.participant.email}


def archive(competition, **wanted):
    export = ExportFactory(
        kind="files", of=competition, by=moderator_of(competition), **wanted
    )
    assert workflow.run(export.pk)
    export.refresh_from_db()
    return export, zipfile.ZipFile(io.BytesIO(content(export)))


def sums(data):
    lines = data.read(SUMS).decode().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_an_archive_holds_the_originals_with_their_digests(competition):
    make = {"competition": competition}
    states = (S.RECEIVED, S.PENDING, S.APPROVED)
    entries = [SubmissionFactory(**make, state=state) for state in states]
    for state in (S.RESERVED, S.WITHDRAWN):
        SubmissionFactory(**make, state=state)
    export, data = archive(competition)
    assert data.testzip() is None
    assert export.row_count == 3
    named = sums(data)
    assert sorted(named.values()) == sorted(one.sha256 for one in entries)
    assert set(data.namelist()) == {*named, SUMS}
    for name, digest in named.items():
        assert hashlib.sha256(data.read(name)).hexdigest() == digest
    # Names say the reference, and nothing of the artist or the file.
    assert {name.partition(".")[0] for name in named} == {
        one.public_id for one in entries
    }


def test_an_archive_holds_what_the_filter_says(competition):
    make = {"competition": competition}
    entry = SubmissionFactory(**make, state=S.APPROVED)
    SubmissionFactory(**make, state=S.PENDING)
    _export, data = archive(competition, filters={"state": "approved"})
    assert list(sums(data).values()) == [entry.sha256]


def test_missing_and_damaged_files_are_named(competition):
    make = {"competition": competition, "state": S.RECEIVED}
    whole, damaged, missing = (SubmissionFactory(**make) for _ in range(3))
    path = store().original_path(damaged.original)
    path.chmod(0o600)
    path.write_bytes(b"other")
    store().remove_original(missing.original)
    _export, data = archive(competition)
    assert data.testzip() is None
    assert len(sums(data)) == 3
    problems = data.read(PROBLEMS).decode().splitlines()
    assert [line.partition(".")[0] for line in problems] == [
        damaged.public_id,
        missing.public_id,
    ]
    assert "not as it was acknowledged" in problems[0]
    assert "missing" in problems[1]
    assert any(name.startswith(whole.public_id) for name in data.namelist())


def test_every_kind_has_columns_of_its_own_names():
    for kind in kinds():
        names = [column.name for column in kind.columns]
        assert len(set(names)) == len(names) > 0, kind.name
        assert kind.label
        assert kind.formats


def test_the_overview_offers_what_the_role_may_export(competition, signed_in):
    client = signed_in(organizer_of(competition))
    address = reverse("admin:competitions_competition_overview", args=[competition.pk])
    *_charts, panel = client.get(address).context["panels"]
    offered = [str(link.label) for link in panel.acts]
    assert offered == [
        "Export entries",
        "Export artists",
        "Export decisions",
        "Export original files",
        "Export jury pack",
        "Export audit log",
        "Export mail",
    ]
