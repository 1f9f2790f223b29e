from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
CREATE TRIGGER permit_made_by_role BEFORE INSERT ON permits_permit
  FOR EACH ROW
  EXECUTE FUNCTION entry_decided_by_role(
    'submission_decided_by_role', 'requested_by_id');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_made_by_role;

CREATE TRIGGER permit_withdrawn_by_role BEFORE UPDATE ON permits_permit
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state = 'withdrawn')
  EXECUTE FUNCTION entry_decided_by_role('submission_decided_by_role', 'ended_by_id');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_withdrawn_by_role;
"""

REVERSE = """
DROP TRIGGER permit_withdrawn_by_role ON permits_permit;
DROP TRIGGER permit_made_by_role ON permits_permit;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0003_arrival_with_permit"),
        ("submissions", "0045_decided_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
