import unicodedata

import idna
import django.db.models.functions.text
from django.db import migrations, models

# Addresses are written in lower case and ASCII. Two addresses of one account that
# become one are one row then, which keeps what was proved. Two accounts never become
# one: `migrate` stops before this and lists them.
SOURCE = "migrate accounts.0004_canonical_mail"
REASON = "A mail address is stored in lower case and ASCII."
TELL = """
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', %s, true), set_config('mycenas.reason', %s, true)
"""
LOCK = """
LOCK TABLE accounts_user, account_emailaddress IN SHARE ROW EXCLUSIVE MODE
"""
# Of two rows the proved one stays, then the first one.
ADDRESSES = """
SELECT id, user_id, email, verified, "primary" FROM account_emailaddress
ORDER BY user_id, verified DESC, "primary" DESC, id
"""
JOURNAL = """
INSERT INTO core_auditentry
  (at, table_name, row_id, operation, changes, actor, source, reason, database_role)
VALUES (clock_timestamp(), 'account_emailaddress', %s, %s,
  jsonb_build_object('email', jsonb_build_array(%s::text, %s::text)),
  NULL, %s, %s, session_user)
"""

FORWARD = """
ALTER TABLE account_emailaddress ADD CONSTRAINT emailaddress_canonical CHECK (
  email = lower(email) AND email ~ '^[!-~]*$' AND email NOT LIKE '%.');
"""

REVERSE = """
ALTER TABLE account_emailaddress DROP CONSTRAINT emailaddress_canonical;
"""


def plain(text):
    compatible = unicodedata.normalize("NFKC", text)
    seen = [one for one in compatible if unicodedata.category(one) not in ("Cc", "Cf")]
    return unicodedata.normalize("NFC", "".join(seen).strip().lower())


def canonical(text):
    local, at, domain = plain(text).rpartition("@")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode()
    return local + at + domain.rstrip(".")


def rewrite_people(cursor):
    cursor.execute("SELECT id, email FROM accounts_user ORDER BY id")
    for pk, email in cursor.fetchall():
        if canonical(email) != email:
            cursor.execute(
                "UPDATE accounts_user SET email = %s WHERE id = %s",
                [canonical(email), pk],
            )


def rewrite_addresses(cursor):
    cursor.execute(ADDRESSES)
    kept = {}
    for pk, user, email, _verified, is_primary in cursor.fetchall():
        first = kept.setdefault((user, canonical(email)), (pk, email))
        if first[0] != pk:
            remove(cursor, pk, email)
            if is_primary:
                cursor.execute(
                    'UPDATE account_emailaddress SET "primary" = true WHERE id = %s',
                    [first[0]],
                )
    for (_user, address), (pk, email) in kept.items():
        if address != email:
            cursor.execute(
                "UPDATE account_emailaddress SET email = %s WHERE id = %s",
                [address, pk],
            )
            cursor.execute(JOURNAL, [pk, "UPDATE", email, address, SOURCE, REASON])


def remove(cursor, pk, email):
    cursor.execute(
        "DELETE FROM account_emailconfirmation WHERE email_address_id = %s", [pk]
    )
    cursor.execute("DELETE FROM account_emailaddress WHERE id = %s", [pk])
    cursor.execute(JOURNAL, [pk, "DELETE", email, None, SOURCE, REASON])


def rewrite(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(TELL, [SOURCE, REASON])
        rewrite_people(cursor)
        rewrite_addresses(cursor)
        cursor.execute(TELL, ["", ""])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_session_generation"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("core", "0003_audit"),
    ]

    operations = [
        migrations.RunPython(rewrite, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("email", django.db.models.functions.text.Lower("email")),
                    ("email__regex", "^[!-~]*$"),
                    models.Q(("email__endswith", "."), _negated=True),
                ),
                name="user_email_canonical",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
