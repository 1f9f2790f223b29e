from django.db import migrations

FORWARD = """
-- A mail about a decision that was taken off since is deleted at any time.
CREATE OR REPLACE FUNCTION mail_is_recalled() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.sent_at IS NOT NULL OR OLD.not_before IS NULL
     OR OLD.not_before <= clock_timestamp() AND (OLD.about IS NULL
       OR EXISTS (SELECT FROM submissions_submission
         WHERE id = OLD.about AND undo_until = OLD.not_before)) THEN
    PERFORM refuse('mail_is_recalled', TG_TABLE_NAME,
      format('not before %s', OLD.not_before));
  END IF;
  RETURN OLD;
END $$;
"""

REVERSE = """
CREATE OR REPLACE FUNCTION mail_is_recalled() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.sent_at IS NOT NULL OR OLD.not_before IS NULL
     OR OLD.not_before <= clock_timestamp() THEN
    PERFORM refuse('mail_is_recalled', TG_TABLE_NAME,
      format('not before %s', OLD.not_before));
  END IF;
  RETURN OLD;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0034_file_metadata")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
