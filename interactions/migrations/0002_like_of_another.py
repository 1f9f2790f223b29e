from django.db import migrations

# Likes of one's own entry are removed; the journal keeps one row for each.
REPAIR = """
WITH removed AS (
  DELETE FROM interactions_like AS liked USING submissions_submission AS entry
  WHERE entry.id = liked.submission_id AND entry.participant_id = liked.user_id
  RETURNING liked.id, liked.submission_id, liked.user_id, liked.liked_at
)
INSERT INTO core_auditentry
  (at, table_name, row_id, operation, changes, actor, source, reason, database_role)
SELECT clock_timestamp(), 'interactions_like', id, 'DELETE',
  jsonb_build_object(
    'id', jsonb_build_array(id, NULL),
    'submission_id', jsonb_build_array(submission_id, NULL),
    'user_id', jsonb_build_array(user_id, NULL),
    'liked_at', jsonb_build_array(liked_at, NULL)),
  NULL, 'migrate interactions.0002_like_of_another',
  'An artist cannot like the own entry.', session_user
FROM removed;
"""

FORWARD = """
CREATE FUNCTION like_of_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM submissions_submission
      WHERE id = NEW.submission_id AND participant_id = NEW.user_id) THEN
    PERFORM refuse('like_of_another', TG_TABLE_NAME, 'an own entry');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER like_of_another BEFORE INSERT OR UPDATE ON interactions_like
  FOR EACH ROW EXECUTE FUNCTION like_of_another();
ALTER TABLE interactions_like ENABLE ALWAYS TRIGGER like_of_another;
"""

REVERSE = """
DROP TRIGGER like_of_another ON interactions_like;
DROP FUNCTION like_of_another();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0001_initial"),
        ("core", "0003_audit"),
        ("submissions", "0003_submission_guards"),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
