from django.db import migrations

BODY = """
CREATE OR REPLACE FUNCTION file_metadata_read_while_checked() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  entry_state text;
  was_checked boolean;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off the entry's next step until this row is there to be seen.
  SELECT state, processed_at IS NOT NULL INTO entry_state, was_checked
    FROM submissions_submission
    WHERE id = NEW.submission_id FOR SHARE;
  IF entry_state IS DISTINCT FROM 'processing'{more} THEN
    PERFORM refuse('file_metadata_read_while_checked', TG_TABLE_NAME,
      format('the entry is %s', entry_state));
  END IF;
  IF jsonb_typeof(NEW.facts) <> 'object' OR length(NEW.facts::text) > 12000 THEN
    PERFORM refuse('file_metadata_read_while_checked', TG_TABLE_NAME,
      format('%s characters of %s', length(NEW.facts::text), jsonb_typeof(NEW.facts)));
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0036_mails_of_entries")]

    operations = [
        migrations.RunSQL(
            # Entries that were checked before metadata were kept get them later.
            BODY.replace("{more}", " AND was_checked IS NOT TRUE"),
            BODY.replace("{more}", ""),
        )
    ]
