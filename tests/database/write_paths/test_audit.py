"""The site's role reads the audit and writes nothing into it."""

from __future__ import annotations

from functools import partial

from mycenas.core.models import AuditEntry
from tests.database.tools import one, raw
from tests.database.write_paths.trying import NO_PRIVILEGE, attempt
from tests.factories import OrganizationFactory

FORGED = """
INSERT INTO core_auditentry
  (at, table_name, row_id, operation, changes, source, reason, database_role)
VALUES (now(), 'competitions_competition', 1, 'UPDATE', '{}', '', '', 'somebody')
"""


STATEMENTS = (
    FORGED,
    "UPDATE core_auditentry SET reason = ''",
    "DELETE FROM core_auditentry",
    "TRUNCATE core_auditentry",
    "MERGE INTO core_auditentry AS a USING (VALUES (1)) AS v(id) ON a.id = v.id"
    " WHEN MATCHED THEN DELETE",
    "COPY core_auditentry FROM STDIN",
    "ALTER TABLE core_auditentry DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_is_append_only ON core_auditentry",
    "SELECT setval('core_auditentry_id_seq', 1)",
)


def test_the_audit_is_closed_to_the_site(db):
    OrganizationFactory()
    before = AuditEntry.objects.count()
    for statement in STATEMENTS:
        refusal = attempt(partial(raw, statement))
        assert refusal is not None, statement
        assert refusal.code == NO_PRIVILEGE, statement
        assert AuditEntry.objects.count() == before > 0


def test_the_audit_is_closed_to_the_orm_as_well(db):
    OrganizationFactory()
    line = AuditEntry.objects.latest("pk")
    line.reason = "Another"
    for act in (
        line.save,
        line.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(reason="Another"),
        lambda: AuditEntry.objects.create(
            table_name="x", row_id=1, operation="x", changes={}
        ),
    ):
        refusal = attempt(act)
        assert refusal is not None
        assert refusal.code == NO_PRIVILEGE


def test_what_the_site_writes_is_audited_under_its_name(db):
    row = OrganizationFactory()
    raw("UPDATE accounts_organization SET name = 'By hand' WHERE id = %s", [row.pk])
    line = AuditEntry.objects.latest("pk")
    assert (line.row_id, line.operation) == (row.pk, "UPDATE")
    assert line.database_role == one("SELECT session_user") == "mycenas_app"
    assert (line.actor, line.source, line.reason) == (None, "", "")
