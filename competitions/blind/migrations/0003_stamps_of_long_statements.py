from django.db import migrations

# A statement may be long: one that began before a stamp's moment is stamped as well.
FORWARD = """
DROP TRIGGER unblinding_stamped ON blind_unblinding;
CREATE TRIGGER unblinding_stamped BEFORE INSERT ON blind_unblinding
  FOR EACH ROW WHEN (NEW.at IS DISTINCT FROM statement_timestamp()
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('at');
ALTER TABLE blind_unblinding
  ENABLE ALWAYS TRIGGER unblinding_stamped;
"""

REVERSE = """
DROP TRIGGER unblinding_stamped ON blind_unblinding;
CREATE TRIGGER unblinding_stamped BEFORE INSERT ON blind_unblinding
  FOR EACH ROW WHEN (NEW.at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('at');
ALTER TABLE blind_unblinding
  ENABLE ALWAYS TRIGGER unblinding_stamped;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("blind", "0002_blind_guards"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
