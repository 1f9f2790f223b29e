from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
CREATE TRIGGER claim_made_by_role BEFORE INSERT OR UPDATE ON claims_claim
  FOR EACH ROW
  EXECUTE FUNCTION entry_decided_by_role('claim_by_moderator', 'moderator_id');
ALTER TABLE claims_claim ENABLE ALWAYS TRIGGER claim_made_by_role;
"""

REVERSE = """
DROP TRIGGER claim_made_by_role ON claims_claim;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0003_released_by_its_moderator"),
        ("submissions", "0045_decided_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
