from django.db import migrations

FORWARD = """
CREATE TRIGGER appeal_named_by_its_person BEFORE INSERT OR UPDATE OF decided_by_id
  ON appeals_appeal FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL)
  EXECUTE FUNCTION named_by_its_person('appeal_by_its_person', 'decided_by_id');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_named_by_its_person;
"""

REVERSE = """
DROP TRIGGER appeal_named_by_its_person ON appeals_appeal;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0005_decided_by_role"),
        ("core", "0019_named_by_its_person"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
