import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION file_metadata_read_while_checked() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  entry_state text;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off the entry's next step until this row is there to be seen.
  SELECT state INTO entry_state FROM submissions_submission
    WHERE id = NEW.submission_id FOR SHARE;
  IF entry_state IS DISTINCT FROM 'processing' THEN
    PERFORM refuse('file_metadata_read_while_checked', TG_TABLE_NAME,
      format('the entry is %s', entry_state));
  END IF;
  IF jsonb_typeof(NEW.facts) <> 'object' OR length(NEW.facts::text) > 12000 THEN
    PERFORM refuse('file_metadata_read_while_checked', TG_TABLE_NAME,
      format('%s characters of %s', length(NEW.facts::text), jsonb_typeof(NEW.facts)));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER file_metadata_read_while_checked
  BEFORE INSERT ON submissions_filemetadata
  FOR EACH ROW EXECUTE FUNCTION file_metadata_read_while_checked();
ALTER TABLE submissions_filemetadata
  ENABLE ALWAYS TRIGGER file_metadata_read_while_checked;

CREATE TRIGGER file_metadata_stays
  BEFORE UPDATE OR DELETE ON submissions_filemetadata
  FOR EACH ROW EXECUTE FUNCTION refuse_row('file_metadata_stays');
ALTER TABLE submissions_filemetadata ENABLE ALWAYS TRIGGER file_metadata_stays;
"""

REVERSE = """
DROP TRIGGER file_metadata_stays ON submissions_filemetadata;
DROP TRIGGER file_metadata_read_while_checked ON submissions_filemetadata;
DROP FUNCTION file_metadata_read_while_checked();
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0033_declared_once")]

    operations = [
        migrations.CreateModel(
            name="FileMetadata",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("facts", models.JSONField(editable=False)),
                (
                    "submission",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file_metadata",
                        to="submissions.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "metadata of a file",
                "verbose_name_plural": "metadata of files",
            },
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
