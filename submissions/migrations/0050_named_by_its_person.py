from django.db import migrations

FORWARD = """
CREATE TRIGGER submission_named_by_its_person BEFORE INSERT OR UPDATE OF decided_by_id
  ON submissions_submission FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL)
  EXECUTE FUNCTION named_by_its_person('submission_decided_by_its_person', 'decided_by_id');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_named_by_its_person;
CREATE TRIGGER award_named_by_its_person BEFORE INSERT OR UPDATE OF awarded_by_id
  ON submissions_award FOR EACH ROW WHEN (NEW.awarded_by_id IS NOT NULL)
  EXECUTE FUNCTION named_by_its_person('award_by_its_person', 'awarded_by_id');
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_named_by_its_person;
"""

REVERSE = """
DROP TRIGGER award_named_by_its_person ON submissions_award;
DROP TRIGGER submission_named_by_its_person ON submissions_submission;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0049_mail_templates"),
        ("core", "0019_named_by_its_person"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
