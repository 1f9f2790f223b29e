from django.conf import settings
from django.db import migrations, models

# A person's oldest entry keeps its key; an entry of another competition with the same
# one gets a key that no form has. The journal leaves keys out, so its lines name the
# entries alone.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;

-- Every guard but the journal's.
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgname !~ '_audit$'
      AND tgrelid = 'submissions_submission'::regclass LOOP
    EXECUTE format('ALTER TABLE submissions_submission DISABLE TRIGGER %I', guard.tgname);
  END LOOP;
END $$;

WITH changed AS (
  UPDATE submissions_submission AS entry SET idempotency_key = gen_random_uuid()::text
  WHERE EXISTS (SELECT FROM submissions_submission AS older
    WHERE older.participant_id = entry.participant_id
      AND older.idempotency_key = entry.idempotency_key AND older.id < entry.id)
  RETURNING id
)
INSERT INTO core_auditentry
  (at, table_name, row_id, operation, changes, actor, source, reason, database_role)
SELECT clock_timestamp(), 'submissions_submission', id, 'UPDATE', '{}', NULL,
  'migrate submissions.0039_once_per_person_and_key',
  'The idempotency key belongs to an older entry of the same person.', session_user
FROM changed;

DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'D'
      AND tgrelid = 'submissions_submission'::regclass LOOP
    EXECUTE format('ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER %I',
      guard.tgname);
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0038_indexes_of_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="submission", name="submission_once_per_key"
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                fields=("participant", "idempotency_key"),
                name="submission_once_per_key",
            ),
        ),
    ]
