"""Who acts in which part of a transaction."""

from __future__ import annotations

import pytest
from django.db import transaction

from mycenas.core.audit.actor import acting
from mycenas.core.models import AuditEntry
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


def actor_of(row):
    lines = AuditEntry.objects.filter(
        table_name=row._meta.db_table, row_id=row.pk, operation="INSERT"
    )
    return lines.get().actor


def test_a_person_who_acts_inside_a_transaction_acts_there_only():
    with acting(lambda: (7, "page")), transaction.atomic():
        rows = [OrganizationFactory()]
        with acting(lambda: (8, "another")):
            rows.append(OrganizationFactory())
        rows.append(OrganizationFactory())
    rows.append(OrganizationFactory())
    assert [actor_of(row) for row in rows] == [7, 8, 7, None]
