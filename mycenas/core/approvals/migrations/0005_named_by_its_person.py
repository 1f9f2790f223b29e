from django.db import migrations

FORWARD = """
CREATE TRIGGER approval_proposed_by_its_person BEFORE INSERT OR UPDATE OF proposed_by_id
  ON approvals_approval FOR EACH ROW WHEN (NEW.proposed_by_id IS NOT NULL)
  EXECUTE FUNCTION named_by_its_person('approval_by_its_person', 'proposed_by_id');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_proposed_by_its_person;
CREATE TRIGGER approval_decided_by_its_person BEFORE INSERT OR UPDATE OF decided_by_id
  ON approvals_approval FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL)
  EXECUTE FUNCTION named_by_its_person('approval_by_its_person', 'decided_by_id');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_decided_by_its_person;
"""

REVERSE = """
DROP TRIGGER approval_decided_by_its_person ON approvals_approval;
DROP TRIGGER approval_proposed_by_its_person ON approvals_approval;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_texts_can_be_seen"),
        ("core", "0019_named_by_its_person"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
