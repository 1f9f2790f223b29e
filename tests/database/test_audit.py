"""Every change of an audited row leaves one line: what, who, how and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from competitions import workflow as competing
from competitions.blind.workflow import unblind
from mycenas.accounts.models import Membership, Organization, Role
from mycenas.celery import app
from mycenas.core.approvals.models import Approval
from mycenas.core.audit.actor import acting, because
from mycenas.core.draws.workflow import commit
from mycenas.core.models import AuditEntry
from mycenas.core.results.workflow import add_kind
from mycenas.core.signing import rotate
from submissions.models import Rendition
from submissions.review import workflow as review
from submissions.review.appeals import workflow as appeals
from submissions.review.permits import workflow as permits
from submissions.states import SubmissionState as S
from tests.core.results.counted import KIND, sealed
from tests.database.tools import drop_guard, one, raw, refused
from tests.factories import (
    DAY,
    AwardFactory,
    CampaignFactory,
    CategoryFactory,
    CompetitionFactory,
    ExportFactory,
    OrganizationFactory,
    PrizeFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    disqualify,
    moderator_of,
    organizer_of,
)
from tests.submissions.judging.samples import JUDGED, judged

pytestmark = pytest.mark.django_db

MARKER = "do-not-tell-c0ffee"


@dataclass(frozen=True)
class Sample:
    """How to make a row of an audited table, and one column that may change."""

    make: Callable[[], Any]
    column: str
    value: str
    can_go: bool = True


def membership() -> Membership:
    return Membership.objects.create(
        organization=OrganizationFactory(), user=UserFactory(), role=Role.JUROR
    )


def role() -> Any:
    return CompetitionFactory().roles.create(user=UserFactory(), role=Role.JUROR)


def invitation(row: Any) -> Any:
    return row.invitations.create(
        email="bo@one.org", role=Role.JUROR, digest=MARKER, invited_by=organizer_of(row)
    )


def award() -> Any:
    return AwardFactory(submission=contest("closed").submissions.get())


def old_rendition() -> Any:
    """A public picture from before its digest was kept."""
    drop_guard("rendition_made_while_checked")
    return Rendition.objects.create(
        submission=SubmissionFactory(state=S.PROCESSING),
        width_class=320,
        name="old-320.webp",
        width=320,
        height=240,
        size=1000,
    )


def approval() -> Any:
    """A proposal whose reason may change."""
    drop_guard("approval_facts_stay")
    return Approval.objects.create(
        kind="tests.nothing",
        target_table="accounts_organization",
        target_id=1,
        reason="Grown.",
        proposed_by=UserFactory(),
        expires_at=timezone.now() + DAY,
    )


def reason() -> Any:
    return OrganizationFactory().reasons.first()


def appeal() -> Any:
    """An appeal whose text may change."""
    drop_guard("appeal_facts_stay")
    rejected = SubmissionFactory(state=S.REJECTED)
    made = appeals.make(rejected, text="Look again.", by=rejected.participant)
    made.refresh_from_db()
    return made


def permit() -> Any:
    """A request for changes whose text may change."""
    drop_guard("permit_facts_stay")
    pending = SubmissionFactory(state=S.PENDING)
    by = organizer_of(pending)
    return permits.request_changes(pending, reason="Crop it.", days=1, by=by)


def unblinding() -> Any:
    """A showing of artists whose reason may change."""
    drop_guard("unblinding_stays")
    blind = CompetitionFactory(state="open", blind=True)
    return unblind(blind, reason="A complaint.", by=organizer_of(blind))


def draw() -> Any:
    """A draw whose purpose may change."""
    drop_guard("draw_facts_stay")
    made = commit("order", "competitions_competition", 1, ["a", "b"])
    made.refresh_from_db()
    return made


def result() -> Any:
    """A sealed result whose method may change."""
    drop_guard("result_stays")
    add_kind(KIND)
    return sealed()


SAMPLES = {
    "draws_draw": Sample(draw, "purpose", "another", False),
    "results_result": Sample(result, "method", "another", False),
    **{one: Sample(partial(judged, one), *JUDGED[one]) for one in JUDGED},
    "permits_permit": Sample(permit, "reason", "Another", False),
    "appeals_appeal": Sample(appeal, "text", "Another", False),
    "reasons_reason": Sample(reason, "position", "99"),
    "reasons_reasontext": Sample(lambda: reason().texts.get(), "text", "Another"),
    "approvals_approval": Sample(approval, "reason", "Another", False),
    "blind_unblinding": Sample(unblinding, "reason", "Another", False),
    "accounts_user": Sample(UserFactory, "name", "Another"),
    "accounts_organization": Sample(OrganizationFactory, "name", "Another"),
    "accounts_membership": Sample(membership, "role", "sponsor"),
    "accounts_invitation": Sample(
        lambda: invitation(OrganizationFactory()), "name", "Another"
    ),
    "roles_competitioninvitation": Sample(
        lambda: invitation(CompetitionFactory()), "name", "Another"
    ),
    "roles_competitionrole": Sample(role, "role", "sponsor"),
    "competitions_competition": Sample(CompetitionFactory, "summary", "Another"),
    "competitions_category": Sample(CategoryFactory, "name", "Another"),
    "competitions_prize": Sample(PrizeFactory, "name", "Another"),
    "submissions_submission": Sample(SubmissionFactory, "title", "Another", False),
    "submissions_award": Sample(award, "citation", "Another", False),
    "submissions_rendition": Sample(old_rendition, "sha256", "a" * 64, False),
    "submissions_receiptkey": Sample(
        rotate, "retired_at", "2026-01-01T00:00:00+00:00", False
    ),
    "exports_export": Sample(ExportFactory, "attempt", "1", False),
    "campaigns_campaign": Sample(CampaignFactory, "name", "Another"),
}
TABLES = sorted(SAMPLES)


def trail(row: Any, pk: int | None = None) -> list[AuditEntry]:
    return list(
        AuditEntry.objects.filter(
            table_name=row._meta.db_table, row_id=pk or row.pk
        ).order_by("pk")
    )


def last(row: Any) -> AuditEntry:
    return trail(row)[-1]


DECLARED = {
    audited.table: audited
    for config in apps.get_app_configs()
    for audited in getattr(config, "audited", ())
}


def test_every_audited_table_is_tried():
    assert set(DECLARED) == set(SAMPLES)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_leaves_one_line_for_each_change(table):
    """When it is made, when a column changes and when it goes; not for nothing."""
    sample = SAMPLES[table]
    row = sample.make()
    assert_made(row)
    earlier = len(trail(row))
    column = sample.column
    assert raw(f"UPDATE {table} SET {column} = {column} WHERE id = %s", [row.pk]) == 1
    row.save()
    assert len(trail(row)) == earlier
    assert_changed(row, sample)
    if sample.can_go:
        assert_gone(row)


def assert_made(row: Any) -> None:
    (made,) = [entry for entry in trail(row) if entry.operation == "INSERT"]
    assert made == trail(row)[0]
    assert made.changes["id"] == [None, row.pk]
    assert all(before is None for before, _ in made.changes.values())
    columns = {column for entry in trail(row) for column in entry.changes}
    assert not columns & set(DECLARED[row._meta.db_table].left_out)


def assert_changed(row: Any, sample: Sample) -> None:
    table, column, earlier = row._meta.db_table, sample.column, len(trail(row))
    was = one(f"SELECT {column} FROM {table} WHERE id = %s", [row.pk])
    raw(f"UPDATE {table} SET {column} = %s WHERE id = %s", [sample.value, row.pk])
    (line,) = trail(row)[earlier:]
    assert line.operation == "UPDATE"
    assert set(line.changes) == {column}
    before, after = line.changes[column]
    assert before == was
    # The database clock stamps moments, whatever the statement says.
    now = one(f"SELECT to_jsonb({column}) FROM {table} WHERE id = %s", [row.pk])
    assert after == (json.loads(now) if isinstance(now, str) else now) != was


def assert_gone(row: Any) -> None:
    pk, earlier = row.pk, len(trail(row))
    row.delete()
    (line,) = trail(row, pk)[earlier:]
    assert line.operation == "DELETE"
    assert line.changes["id"] == [pk, None]
    assert all(after is None for _, after in line.changes.values())


def test_one_statement_leaves_one_line_for_each_changed_row():
    rows = [OrganizationFactory() for _ in range(3)]
    before = AuditEntry.objects.count()
    raw(
        "UPDATE accounts_organization SET name = 'Same' WHERE id = ANY (%s)",
        [[row.pk for row in rows]],
    )
    raw("UPDATE accounts_organization SET name = 'Same' WHERE id = %s", [rows[0].pk])
    assert AuditEntry.objects.count() == before + 3
    assert [last(row).changes["name"][1] for row in rows] == ["Same"] * 3


def test_a_line_goes_with_its_transaction():
    row = OrganizationFactory()
    before = AuditEntry.objects.count()
    with transaction.atomic():
        row.name = "Another"
        row.save()
        assert AuditEntry.objects.count() == before + 1
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == before


def test_sql_by_hand_names_the_database_role():
    row = OrganizationFactory()
    raw("UPDATE accounts_organization SET name = 'x' WHERE id = %s", [row.pk])
    line = last(row)
    assert line.database_role == one("SELECT session_user")
    assert (line.actor, line.source, line.reason) == (None, "", "")


def test_a_page_names_the_person_and_itself(signed_in):
    entry = SubmissionFactory(state=S.RECEIVED)
    client = signed_in(entry.participant)
    client.post(reverse("submissions:withdraw", args=[entry.token]))
    line = last(entry)
    assert line.changes["state"] == ["received", "withdrawn"]
    assert (line.actor, line.source) == (entry.participant.pk, "submissions:withdraw")


def test_the_desk_names_the_person_and_the_reason(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    moderator = moderator_of(entry)
    signed_in(moderator).post(
        reverse("admin:submissions_submission_do", args=[entry.pk, "reject"]),
        {"code": "-", "note": "Blurred."},
    )
    line = last(entry)
    assert line.changes["state"] == ["pending", "rejected"]
    assert line.actor == moderator.pk
    assert line.source == "admin:submissions_submission_do"
    assert line.reason == "Blurred."


def test_a_form_of_the_desk_names_the_person(signed_in):
    organizer = organizer_of(CompetitionFactory())
    boss = signed_in(organizer)
    organization = organizer.organizations.get()
    form = {
        "organization": organization.pk,
        "title": "New contest",
        "slug": "new-contest",
        "time_zone": "UTC",
        "max_entries": 1,
        "max_megabytes": 1,
        "upload_window": "00:15:00",
        "declared_upload_window": "1 00:00:00",
    }
    for part in ("categories", "prizes"):
        form |= {f"{part}-TOTAL_FORMS": 0, f"{part}-INITIAL_FORMS": 0}
    boss.post(reverse("admin:competitions_competition_add"), form)
    row = organization.competitions.get(slug="new-contest")
    assert last(row).actor == organizer.pk
    assert last(row).source == "admin:competitions_competition_add"


def test_a_task_names_itself():
    competition = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    app.tasks["competitions.keep_deadlines"]()
    line = last(competition)
    assert line.changes["state"] == ["open", "moderation"]
    assert (line.actor, line.source) == (None, "competitions.keep_deadlines")


REASON = "Because of the storm."
VERBS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "extend_deadline": (
        lambda: CompetitionFactory(state="open"),
        lambda c: competing.extend_deadline(
            c, closes_at=c.closes_at + DAY, reason=REASON, by=organizer_of(c)
        ),
    ),
    "close_entries_early": (
        lambda: CompetitionFactory(state="open"),
        lambda c: competing.close_entries_early(c, reason=REASON, by=organizer_of(c)),
    ),
    "cancel": (
        lambda: CompetitionFactory(state="open"),
        lambda c: competing.cancel(c, reason=REASON, by=organizer_of(c)),
    ),
    "reject": (
        lambda: SubmissionFactory(state=S.PENDING),
        lambda s: review.reject(s, reason=REASON, by=organizer_of(s)),
    ),
    "disqualify": (
        lambda: SubmissionFactory(state=S.APPROVED),
        lambda s: disqualify(s, reason=REASON),
    ),
    "reopen": (
        lambda: SubmissionFactory(state=S.REJECTED),
        lambda s: review.reopen(s, reason=REASON, by=organizer_of(s)),
    ),
    "take_award_back": (
        award,
        lambda a: review.take_award_back(a, reason=REASON, by=organizer_of(a)),
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_with_a_reason_leaves_it_in_the_audit(verb):
    make, act = VERBS[verb]
    row = make()
    earlier = len(trail(row))
    act(row)
    (line,) = trail(row)[earlier:]
    assert line.reason == REASON


def test_secrets_are_never_in_the_audit():
    person = UserFactory()
    person.set_password(MARKER)
    person.save()
    entry = SubmissionFactory(idempotency_key=MARKER)
    everything = told()
    for secret in (MARKER, person.password, entry.token):
        assert secret not in everything
    earlier = len(trail(person))
    person.last_login = timezone.now()
    person.save()
    assert len(trail(person)) == earlier


def test_a_receipts_token_is_not_told_by_the_name_of_its_file():
    entry = SubmissionFactory(state=S.RECEIVED)
    assert entry.token not in told()


def told() -> str:
    lines = AuditEntry.objects.values_list("changes", "source", "reason")
    return json.dumps(list(lines))


def test_bulky_columns_are_kept_as_digests():
    entry = SubmissionFactory(description=MARKER * 100)
    assert MARKER not in told()
    assert len(trail(entry)[0].changes["description"][1]) == 32


def test_both_versions_of_a_brief_and_of_rules_are_kept():
    competition = CompetitionFactory(brief="Old brief." * 100, rules="Old rules.")
    competition.brief, competition.rules = "New brief.", "New rules."
    competition.save()
    assert last(competition).changes == {
        "brief": ["Old brief." * 100, "New brief."],
        "rules": ["Old rules.", "New rules."],
    }


@pytest.mark.django_db(transaction=True)
def test_nothing_outlives_its_transaction():
    """The next transaction of the same connection starts without actor or reason."""
    person = UserFactory()
    with acting(lambda: (person.pk, "page")), because("A reason."):
        told_row = OrganizationFactory()
    session = connection.connection
    plain_row = OrganizationFactory()
    assert connection.connection is session
    line = last(told_row)
    assert (line.actor, line.source, line.reason) == (person.pk, "page", "A reason.")
    line = last(plain_row)
    assert (line.actor, line.source, line.reason) == (None, "", "")


@pytest.mark.django_db(transaction=True)
def test_a_reason_ends_with_its_act():
    person = UserFactory()
    with acting(lambda: (person.pk, "page")):
        with because("A reason."):
            first = OrganizationFactory()
        second = OrganizationFactory()
        with transaction.atomic():
            third = OrganizationFactory()
    assert [last(row).reason for row in (first, second, third)] == ["A reason.", "", ""]
    assert {last(row).actor for row in (first, second, third)} == {person.pk}


def test_a_reason_ends_within_its_transaction():
    """What follows in the same transaction is not done for that reason."""
    with acting(lambda: (7, "page")), transaction.atomic():
        with because("A reason."):
            first = OrganizationFactory()
        second = OrganizationFactory()
    assert [last(row).reason for row in (first, second)] == ["A reason.", ""]
    assert [last(row).actor for row in (first, second)] == [7, 7]


@pytest.mark.django_db(transaction=True)
def test_nothing_outlives_an_error():

    def fail() -> None:
        with acting(lambda: (7, "page")), because("A reason."):
            Organization.objects.create(name="x", slug="x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    row = OrganizationFactory()
    assert (last(row).actor, last(row).reason) == (None, "")
    assert not Organization.objects.filter(slug="x").exists()


@pytest.mark.django_db(transaction=True)
def test_the_moment_is_the_databases_own():
    before = one("SELECT clock_timestamp()")
    row = OrganizationFactory()
    after = one("SELECT clock_timestamp()")
    assert before <= last(row).at <= after
    assert after - before < timedelta(days=1)


def test_not_even_the_owner_changes_a_line():
    OrganizationFactory()
    for verb in (
        "UPDATE core_auditentry SET reason = 'x'",
        "DELETE FROM core_auditentry",
    ):
        assert refused(verb) == "audit_is_append_only", verb
