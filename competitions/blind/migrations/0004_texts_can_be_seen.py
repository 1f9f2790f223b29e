from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER unblinding_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON blind_unblinding
  FOR EACH ROW WHEN (NEW.reason <> '' AND is_blank(NEW.reason))
  EXECUTE FUNCTION text_can_be_seen('reason?');
ALTER TABLE blind_unblinding ENABLE ALWAYS TRIGGER unblinding_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER unblinding_texts_can_be_seen ON blind_unblinding;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("blind", "0003_stamps_of_long_statements"),
        ("core", "0017_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
