from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
CREATE TRIGGER appeal_decided_by_role BEFORE UPDATE ON appeals_appeal
  FOR EACH ROW WHEN (OLD.state = 'open' AND NEW.state <> 'open')
  EXECUTE FUNCTION entry_decided_by_role('submission_decided_by_role', 'decided_by_id');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_decided_by_role;
"""

REVERSE = """
DROP TRIGGER appeal_decided_by_role ON appeals_appeal;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0004_texts_can_be_seen"),
        ("submissions", "0045_decided_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
