import django.db.models.functions.text
from django.db import migrations, models

# What is no address, as '' or 'a', has never been mail to anybody. An account keeps an
# address of its own where no mail arrives, with a line in the journal, until an
# administrator gives it another; a further address of an account is removed.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migrate accounts.0008_mail_addresses_whole', true),
  set_config('mycenas.reason', 'A mail address has text on both sides of one @.', true);

UPDATE accounts_user SET email = format('account-%s@address.invalid', id)
WHERE email !~ '^([!-?A-~]+|"[!-~]+")@[!-?A-~]+$';

DELETE FROM account_emailconfirmation WHERE email_address_id IN (
  SELECT id FROM account_emailaddress
  WHERE email !~ '^([!-?A-~]+|"[!-~]+")@[!-?A-~]+$');

WITH removed AS (
  DELETE FROM account_emailaddress
  WHERE email !~ '^([!-?A-~]+|"[!-~]+")@[!-?A-~]+$'
  RETURNING id, user_id, email
)
INSERT INTO core_auditentry
  (at, table_name, row_id, operation, changes, actor, source, reason, database_role)
SELECT clock_timestamp(), 'account_emailaddress', id, 'DELETE',
  jsonb_build_object('email', jsonb_build_array(email, NULL),
    'user_id', jsonb_build_array(user_id, NULL)),
  NULL, current_setting('mycenas.source'), current_setting('mycenas.reason'),
  session_user
FROM removed;

SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
SET CONSTRAINTS ALL IMMEDIATE;
"""

FORWARD = """
ALTER TABLE account_emailaddress DROP CONSTRAINT emailaddress_canonical;
ALTER TABLE account_emailaddress ADD CONSTRAINT emailaddress_canonical CHECK (
  email = lower(email) AND email ~ '^([!-?A-~]+|"[!-~]+")@[!-?A-~]+$'
  AND email NOT LIKE '%.');
"""

REVERSE = """
ALTER TABLE account_emailaddress DROP CONSTRAINT emailaddress_canonical;
ALTER TABLE account_emailaddress ADD CONSTRAINT emailaddress_canonical CHECK (
  email = lower(email) AND email ~ '^[!-~]*$' AND email NOT LIKE '%.');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_moments_of_libraries"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RemoveConstraint("user", "user_email_canonical"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("email", django.db.models.functions.text.Lower("email")),
                    ("email__regex", '^([!-?A-~]+|"[!-~]+")@[!-?A-~]+$'),
                    models.Q(("email__endswith", "."), _negated=True),
                ),
                name="user_email_canonical",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
