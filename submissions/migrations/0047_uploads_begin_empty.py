from django.db import migrations, models
from django.db.models import Q

# An upload whose part has no name of a file gets another part and begins again; of a
# received file nothing more is read. Offsets that are there stay.
REPAIR = """
ALTER TABLE submissions_upload DISABLE TRIGGER USER;
UPDATE submissions_upload SET "offset" = 0,
  part = replace(gen_random_uuid()::text, '-', '')
WHERE part !~ '^[A-Za-z0-9_-]{1,32}$';
DO $$ DECLARE guard name; BEGIN
  FOR guard IN SELECT tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgrelid = 'submissions_upload'::regclass LOOP
    EXECUTE format('ALTER TABLE submissions_upload ENABLE ALWAYS TRIGGER %I', guard);
  END LOOP;
END $$;
"""

FORWARD = """
CREATE TRIGGER upload_begins_empty BEFORE INSERT ON submissions_upload
  FOR EACH ROW WHEN (NEW."offset" <> 0)
  EXECUTE FUNCTION refuse_row('upload_begins_empty');
ALTER TABLE submissions_upload ENABLE ALWAYS TRIGGER upload_begins_empty;
"""

REVERSE = """
DROP TRIGGER upload_begins_empty ON submissions_upload;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0046_files_of_canaries"),
        ("core", "0002_refusals"),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=Q(part__regex=r"^[A-Za-z0-9_-]{1,32}$"),
                name="upload_part_names_a_file",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
