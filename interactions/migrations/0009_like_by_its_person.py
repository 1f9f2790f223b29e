from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
CREATE TRIGGER like_by_its_person BEFORE INSERT ON interactions_like
  FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '')::bigint
    <> NEW.user_id)
  EXECUTE FUNCTION refuse_row('like_by_its_person');
ALTER TABLE interactions_like ENABLE ALWAYS TRIGGER like_by_its_person;
"""

REVERSE = """
DROP TRIGGER like_by_its_person ON interactions_like;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0008_stamps_of_long_statements"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
