"""Every uniqueness of our models, violated once by raw SQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import models
from joserfc.jwk import OKPKey

from campaigns.models import Impression
from interactions.models import Like, View
from mycenas.core.signing import CURVE, USE, rotate
from submissions.intake import workflow as intake
from submissions.review.permits import workflow as permits
from submissions.states import SubmissionState as S
from tests.database.test_constraints import (
    entry,
    membership,
    names_of,
    rendition,
    role,
    to_competition,
    to_organization,
)
from tests.database.tools import alter, refused
from tests.factories import (
    AwardFactory,
    CampaignFactory,
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    PrizeFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    organizer_of,
    words,
)

pytestmark = pytest.mark.django_db


def like() -> Any:
    return Like.objects.create(
        submission=SubmissionFactory(state=S.APPROVED), user=UserFactory()
    )


def view() -> Any:
    return View.objects.create(
        submission=SubmissionFactory(state=S.APPROVED),
        visitor="v",
        viewed_on="2026-05-14",
    )


def impression() -> Any:
    return Impression.objects.create(
        campaign=CampaignFactory(state="running"), visitor="v", shown_on="2026-05-14"
    )


# A public key in the form in which the site makes them.
ANOTHER = OKPKey.generate_key(CURVE, USE, auto_kid=True).as_dict(private=False)
FRESH = {
    "impression": {"id": "gen_random_uuid()"},
    "submission": {"token": "'t'", "public_id": "'p'", "original": "NULL"},
    "rendition": {"name": "name || 'x'"},
    "export": {"key": "'k'"},
    "receiptkey": {"kid": f"'{ANOTHER['kid']}'", "public": f"'{json.dumps(ANOTHER)}'"},
    "invitation": {"digest": "'another'"},
    "competitioninvitation": {"digest": "'another'"},
}


# Where a second rule would refuse the same row.
APART = {
    "category_slug_once": {"position": "position + 1"},
    "competition_slug_once_in_any_case": {"slug": "upper(slug)"},
    "organization_slug_once_in_any_case": {"slug": "upper(slug)"},
    "category_position_once": {"slug": "slug || '-2'"},
    "submission_replaced_once": {"idempotency_key": "'another'"},
}


def twin(row: Any, name: str = "") -> str:
    """An INSERT that repeats the row under a new primary key."""
    fresh = {**FRESH.get(row._meta.model_name, {}), **APART.get(name, {})}
    columns = [
        field.column
        for field in row._meta.concrete_fields
        if not field.primary_key or field.column in fresh
    ]
    picked = ", ".join(fresh.get(column, column) for column in columns)
    return (
        f"INSERT INTO {row._meta.db_table} ({', '.join(columns)})"
        f" SELECT {picked} FROM {row._meta.db_table} WHERE id = %s"
    )


def award() -> Any:
    return AwardFactory(submission=contest("closed").submissions.get())


def changed_version() -> Any:
    pending = SubmissionFactory(state=S.PENDING)
    by = organizer_of(pending)
    permits.request_changes(pending, reason="Crop it.", days=1, by=by)
    artist = pending.participant
    return intake.reserve(pending.competition, words(replaces=pending), by=artist)


UNIQUE: dict[str, Callable[[], Any]] = {
    "impression_once_per_visitor_and_day": impression,
    "category_slug_once": CategoryFactory,
    "competition_slug_once_in_any_case": CompetitionFactory,
    "organization_slug_once_in_any_case": OrganizationFactory,
    "category_position_once": CategoryFactory,
    "prize_position_once": PrizeFactory,
    "submission_once_per_key": entry(),
    "membership_once": membership,
    "competition_role_once": role,
    "invitation_open_once": to_organization,
    "competition_invitation_open_once": to_competition,
    "like_once_per_person": like,
    "view_once_per_visitor_and_day": view,
    "rendition_once_per_width": rendition,
    "award_once_per_prize": award,
    "receipt_key_signs_alone": rotate,
    "submission_replaced_once": changed_version,
}
# Unique indexes with a condition or an expression, not constraints to PostgreSQL.
PARTIAL = (
    "award_once_per_prize",
    "receipt_key_signs_alone",
    "competition_slug_once_in_any_case",
    "organization_slug_once_in_any_case",
    "submission_replaced_once",
    "invitation_open_once",
    "competition_invitation_open_once",
)


# A stricter rule says the same of these rows.
IMPLIED = {"category_slug_once": "category_slug_once_in_any_case"}


def test_a_category_has_no_slug_that_differs_in_case_alone():
    row, name = CategoryFactory(), "category_slug_once_in_any_case"
    other = twin(row, "category_slug_once").replace(", slug,", ", upper(slug),", 2)
    other = other.replace(", upper(slug),", ", slug,", 1)
    assert refused(other, [row.pk]) == name
    alter(f"ALTER TABLE {row._meta.db_table} DROP CONSTRAINT {name}")
    assert refused(other, [row.pk]) == ""


def test_no_uniqueness_is_left_out():
    assert set(UNIQUE) == names_of(models.UniqueConstraint)


@pytest.mark.parametrize("name", UNIQUE)
def test_a_second_row_of_the_same_is_refused(name):
    row = UNIQUE[name]()
    assert refused(twin(row, name), [row.pk]) == name
    if name in IMPLIED:
        alter(f"ALTER TABLE {row._meta.db_table} DROP CONSTRAINT {IMPLIED[name]}")
    if name in PARTIAL:
        alter(f"DROP INDEX {name}")
    else:
        alter(f"ALTER TABLE {row._meta.db_table} DROP CONSTRAINT {name}")
    assert refused(twin(row, name), [row.pk]) == ""
