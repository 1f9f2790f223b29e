"""Every CHECK of our models, violated once by raw SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction

from mycenas.accounts.models import Membership, Role
from mycenas.core.db.bounds import Bound
from mycenas.core.models import Mail
from submissions.models import Canary, Upload
from submissions.processing.workflow import write_renditions
from submissions.states import SubmissionState as S
from tests import factories
from tests.database.tools import alter, leave_only, refused, undone
from tests.factories import (
    CampaignFactory,
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    organizer_of,
)

pytestmark = pytest.mark.django_db

OUR_APPS = ("core", "accounts", "competitions", "roles", "submissions", "campaigns")
# By another person than the artist.
DECIDED = (
    "decided_at = clock_timestamp(), decided_by_id = (SELECT max(id)"
    " FROM accounts_user WHERE id <> participant_id)"
)
LATER = "clock_timestamp() + interval '1 day'"


@dataclass(frozen=True)
class Break:
    """A row, and the columns that no longer go together."""

    make: Callable[[], Any]
    changes: str


# The same maker for the same state, so that one row serves all its faults.
@cache
def competition(state: str = "draft") -> Callable[[], Any]:
    return lambda: CompetitionFactory(state=state)


def covered() -> Any:
    size = {"cover_width": 960, "cover_height": 480}
    return CompetitionFactory(cover="a" * 24, cover_alt="Waves", **size)


@cache
def entry(state: str = "reserved") -> Callable[[], Any]:
    return lambda: SubmissionFactory(state=state)


@cache
def campaign(state: str = "draft") -> Callable[[], Any]:
    return lambda: CampaignFactory(state=state)


def canary() -> Any:
    return Canary.objects.get_or_create(pk=Canary.ONLY)[0]


def mail() -> Any:
    return Mail.objects.create(to="a@example.org", subject="Hello", body="Light.")


def membership() -> Any:
    return Membership.objects.create(
        organization=OrganizationFactory(), user=UserFactory(), role=Role.JUROR
    )


def role() -> Any:
    return CompetitionFactory().roles.create(user=UserFactory(), role=Role.JUROR)


def invitation(row: Any) -> Any:
    return row.invitations.create(
        email="bo@one.org", role=Role.JUROR, digest="0", invited_by=organizer_of(row)
    )


def to_organization() -> Any:
    return invitation(OrganizationFactory())


def to_competition() -> Any:
    return invitation(CompetitionFactory())


INVITATIONS = {"invitation": to_organization, "competitioninvitation": to_competition}


def upload() -> Upload:
    ticket = SubmissionFactory(state=S.RESERVED)
    made = Upload.objects.create(submission=ticket, length=10)
    Upload.objects.filter(pk=made.pk).update(offset=4)
    return made


def rendition() -> Any:
    """One of an entry that is still checked: only then another could be added."""
    entry = SubmissionFactory(state=S.PROCESSING)
    with transaction.atomic():
        write_renditions(entry, factories.PICTURE)
    return entry.renditions.first()


CHECKS: dict[str, list[Break]] = {
    "competition_known_state": [Break(competition("open"), "state = 'lost'")],
    "competition_slug_in_addresses": [
        Break(competition("open"), f"slug = '{slug}'")
        for slug in ("", "a b", "a/b", "é")
    ],
    "competition_cover_complete": [
        Break(covered, "cover = ''"),
        Break(covered, "cover = 'x'"),
        Break(covered, "cover_width = NULL"),
        Break(competition(), "cover_height = 1"),
    ],
    "competition_cover_described": [Break(covered, "cover_alt = ''")],
    "competition_contact_canonical": [
        Break(competition(), f"contact = '{text}'")
        for text in ("hello", "Hello@example.org", "a@b.", "@b")
    ],
    "category_slug_in_addresses": [Break(CategoryFactory, "slug = ''")],
    "competition_zone_of_a_place": [
        Break(competition(), f"time_zone = '{name}'")
        for name in ("Factory", "localtime", "posixrules", "posix/UTC", "../UTC", "")
    ],
    "competition_dates_set": [
        Break(competition("open"), "closes_at = NULL"),
        Break(competition("open"), "opens_at = NULL"),
    ],
    "competition_opens_before_it_closes": [
        Break(competition(), "closes_at = opens_at"),
        Break(competition(), "closes_at = opens_at - interval '1 second'"),
    ],
    "competition_opened_at_tied": [
        Break(competition(), "opened_at = clock_timestamp()"),
        Break(competition("open"), "opened_at = NULL"),
    ],
    "competition_moderation_at_tied": [
        Break(competition("open"), f"moderation_started_at = {LATER}"),
        Break(competition("moderation"), "moderation_started_at = NULL"),
    ],
    "competition_closed_at_tied": [
        Break(competition("moderation"), f"closed_at = {LATER}"),
        Break(competition("closed"), "closed_at = NULL"),
    ],
    "competition_announced_at_tied": [
        Break(competition("closed"), f"winners_announced_at = {LATER}"),
        Break(competition("closed"), "state = 'winner_announced'"),
    ],
    "competition_times_in_order": [
        Break(competition("moderation"), f"opened_at = {LATER}"),
        Break(competition("closed"), f"moderation_started_at = {LATER}"),
        Break(
            competition("closed"),
            "state = 'winner_announced', winners_announced_at = opened_at",
        ),
    ],
    "competition_cancel_has_reason": [
        Break(competition("open"), "cancelled_at = clock_timestamp()"),
        Break(competition("open"), "cancel_reason = 'storm'"),
    ],
    "competition_announced_is_not_cancelled": [
        Break(
            competition("closed"),
            "state = 'winner_announced', winners_announced_at = clock_timestamp(),"
            " cancelled_at = clock_timestamp(), cancel_reason = 'storm'",
        )
    ],
    "campaign_leads_to_web_address": [
        Break(campaign(), "target_url = 'ftps://example.org/'"),
        Break(campaign(), "target_url = 'https://ada@example.org/'"),
        Break(campaign("running"), "target_url = ''"),
    ],
    "submission_known_state": [Break(entry("received"), "state = 'lost'")],
    "submission_received_whole": [
        Break(entry("received"), "sha256 = NULL"),
        Break(entry("received"), "size = NULL"),
        Break(entry("received"), "size = 0"),
        Break(entry("received"), "original = NULL"),
        Break(entry("received"), "sha256 = repeat('A', 64)"),
        Break(entry("reserved"), "original = 'x'"),
    ],
    "submission_receipt_frozen": [
        Break(entry("received"), "receipt_issuer = NULL"),
        Break(entry("received"), "receipt_issuer = ''"),
        Break(entry("received"), "receipt_slug = ''"),
        Break(entry("received"), "receipt_title = NULL"),
        Break(entry("reserved"), "receipt_slug = 'x'"),
    ],
    "submission_received_at_tied": [
        Break(
            entry("received"),
            "received_at = NULL, sha256 = NULL, size = NULL, original = NULL,"
            " receipt_issuer = NULL, receipt_slug = NULL, receipt_title = NULL",
        ),
        Break(entry("received"), "state = 'expired'"),
        Break(entry("received"), "state = 'reserved'"),
    ],
    "submission_size_as_declared": [Break(entry("received"), "declared_size = 1")],
    "submission_sha256_as_declared": [
        Break(entry("received"), "declared_sha256 = repeat('0', 64)")
    ],
    "submission_lease_tied": [
        Break(entry("processing"), "lease_until = NULL"),
        Break(entry("received"), "lease_until = clock_timestamp()"),
    ],
    "submission_processed_whole": [
        Break(entry("pending"), "processed_at = NULL"),
        Break(entry("pending"), "width = NULL"),
        Break(entry("pending"), "height = NULL"),
        Break(entry("pending"), "height = 0"),
        Break(entry("approved"), "media_type = ''"),
        Break(
            entry("quarantined"),
            f"state = 'rejected', decision_reason = 'blurred', fault = '', {DECIDED}",
        ),
    ],
    "upload_offset_within_length": [
        Break(upload, '"offset" = length'),
        Break(upload, '"offset" = -1'),
        Break(upload, 'length = NULL, "offset" = 1'),
    ],
    "upload_part_names_a_file": [
        Break(upload, f"part = '{name}'") for name in ("", "../evil", "a/b", "a b", "é")
    ],
    "submission_refusal_tied": [
        Break(entry("reserved"), "refusal = 'no picture'"),
        Break(entry("reserved"), "refused_at = now()"),
    ],
    "submission_quarantine_has_fault": [Break(entry("quarantined"), "fault = ''")],
    "submission_decision_has_reason": [
        Break(entry("rejected"), "decision_reason = ''"),
        Break(entry("disqualified"), "decision_reason = ''"),
    ],
    "submission_reason_can_be_seen": [
        Break(entry("rejected"), "decision_reason = ' '"),
        Break(
            entry("approved"),
            "state = 'pending', decided_at = NULL, decided_by_id = NULL,"
            " decision_reason = U&'\\200b\\00a0'",
        ),
    ],
    "submission_code_of_rejection": [
        Break(entry("pending"), "decision_code = 'rules'"),
        Break(
            entry("pending"), f"state = 'approved', decision_code = 'rules', {DECIDED}"
        ),
    ],
    "submission_undo_tied": [
        Break(entry("pending"), "undo_until = clock_timestamp()"),
    ],
    "submission_withdrawn_at_tied": [
        Break(entry("withdrawn"), "withdrawn_at = NULL"),
        Break(entry("reserved"), "withdrawn_at = clock_timestamp()"),
    ],
    "rendition_sha256_is_hex": [
        Break(rendition, "sha256 = 'x'"),
        Break(rendition, "sha256 = repeat('A', 64)"),
    ],
    "canary_is_alone": [Break(canary, "id = 2")],
    "canary_finishes_what_began": [Break(canary, "finished = attempt + 1")],
    "canary_has_a_file_of_its_own": [
        Break(canary, f"attempt = 1, sha256 = repeat('a', 64), original = '{name}'")
        for name in (
            "",
            "x",
            f"aa/{'a' * 64}-Kx_34-678ab",
            f"aa/{'a' * 64}-canary-2",
            f"bb/{'a' * 64}-canary-1",
            f"aa/{'a' * 64}-canary-1/..",
        )
    ],
    "submission_file_is_no_canarys": [
        Break(entry("received"), f"original = 'aa/{'a' * 64}-canary-1{end}'")
        for end in ("", "-0123abcd")
    ],
    "mail_headers_in_one_line": [
        Break(mail, f"{column} = E'a@example.org{end}'")
        for column in ('"to"', "subject", "reply_to")
        for end in ("\\r\\nBcc: b@example.org", "\\n", "\\t", "\\x7f", "\\u2028")
    ],
    "mail_has_one_address": [
        *[Break(mail, f"\"to\" = '{to}'") for to in ("", "a", "a@b, c@d", "a@b@c")],
        *[Break(mail, f"reply_to = '{to}'") for to in ("junk junk", "a@b;c@d")],
    ],
    "campaign_picture_has_name": [
        Break(campaign(), f"picture = '{name}'") for name in ("../../secret_key", "x")
    ],
    "campaign_known_state": [Break(campaign("running"), "state = 'lost'")],
    "campaign_starts_before_it_ends": [Break(campaign(), "ends_at = starts_at")],
    "campaign_approved_to_run": [
        Break(campaign("running"), "approved_at = NULL"),
        Break(campaign("running"), "approved_by_id = NULL"),
    ],
    "campaign_has_picture": [
        Break(campaign("running"), "picture = ''"),
        Break(campaign("running"), "alt_text = ''"),
        Break(campaign("running"), "picture_width = NULL"),
        Break(campaign("running"), "picture_width = 0"),
    ],
    "campaign_ended_at_tied": [
        Break(campaign("ended"), "ended_at = NULL"),
        Break(campaign("running"), "ended_at = clock_timestamp()"),
    ],
    "user_email_canonical": [
        Break(UserFactory, "email = upper(email)"),
        Break(UserFactory, "email = email || '.'"),
        Break(UserFactory, "email = 'ä' || email"),
        Break(UserFactory, "email = ' ' || email"),
        Break(UserFactory, "email = ''"),
        Break(UserFactory, "email = 'a'"),
        Break(UserFactory, "email = '@example.org'"),
        Break(UserFactory, "email = 'a@'"),
        Break(UserFactory, "email = 'a@b@example.org'"),
    ],
    "membership_known_role": [Break(membership, "role = 'queen'")],
    "competitionrole_known_role": [Break(role, "role = 'queen'")],
    **{
        f"{name}_{rule}": [Break(make, changes) for changes in faults]
        for name, make in INVITATIONS.items()
        for rule, faults in {
            "known_role": ["role = 'queen'"],
            "email_canonical": ["email = upper(email)", "email = 'a'"],
            "ends_once": [
                "accepted_at = clock_timestamp()",
                "accepted_by_id = invited_by_id",
                "accepted_at = clock_timestamp(), accepted_by_id = invited_by_id,"
                " revoked_at = clock_timestamp()",
            ],
        }.items()
    },
}


def names_of(kind: type[models.BaseConstraint]) -> set[str]:
    return {
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in (*OUR_APPS, "interactions")
        for constraint in model._meta.constraints
        # Those of single columns are tried in test_bounds.py.
        if isinstance(constraint, kind) and not isinstance(constraint, Bound)
    }


def test_no_check_is_left_out():
    assert set(CHECKS) == names_of(models.CheckConstraint)


FAULTS = [(name, fault) for name, faults in CHECKS.items() for fault in faults]


def test_a_check_refuses_what_does_not_go_together():
    """By itself, without any trigger; and without the check nothing would refuse."""
    rows = {make: make() for make in dict.fromkeys(fault.make for _, fault in FAULTS)}
    for table in {row._meta.db_table for row in rows.values()}:
        leave_only(table)
    wrong = {}
    for name, fault in FAULTS:
        with undone():
            if problem := is_missing(name, rows[fault.make], fault.changes):
                wrong[f"{name}: {fault.changes}"] = problem
    assert not wrong, wrong


def is_missing(name: str, row: Any, changes: str) -> str:
    """What is wrong with the check; others that refuse the same are taken away."""
    table = row._meta.db_table
    sql = f"UPDATE {table} SET {changes} WHERE id = %s"
    others = []
    while (by := refused(sql, [row.pk])) not in ("", name):
        others.append(by)
        alter(f"ALTER TABLE {table} DROP CONSTRAINT {by}")
    if not by:
        return f"let through; beside it {others} refuse"
    alter(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return "refused under that name without it" * (refused(sql, [row.pk]) == name)
