from django.db import migrations

FORWARD = """
CREATE TRIGGER permit_requested_by_its_person BEFORE INSERT OR UPDATE OF requested_by_id
  ON permits_permit FOR EACH ROW WHEN (NEW.requested_by_id IS NOT NULL)
  EXECUTE FUNCTION named_by_its_person('permit_by_its_person', 'requested_by_id');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_requested_by_its_person;
CREATE TRIGGER permit_ended_by_its_person BEFORE INSERT OR UPDATE OF ended_by_id
  ON permits_permit FOR EACH ROW WHEN (NEW.ended_by_id IS NOT NULL)
  EXECUTE FUNCTION named_by_its_person('permit_by_its_person', 'ended_by_id');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_ended_by_its_person;
"""

REVERSE = """
DROP TRIGGER permit_ended_by_its_person ON permits_permit;
DROP TRIGGER permit_requested_by_its_person ON permits_permit;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0005_texts_can_be_seen"),
        ("core", "0019_named_by_its_person"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
