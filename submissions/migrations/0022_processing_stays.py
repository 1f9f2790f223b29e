from django.db import migrations

FORWARD = """
CREATE TRIGGER submission_processing_stays BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state NOT IN ('received', 'processing', 'quarantined')
    AND (OLD.attempt, OLD.strikes, OLD.lost_leases, OLD.fault_code, OLD.fault,
      OLD.media_type, OLD.width, OLD.height, OLD.dhash)
    IS DISTINCT FROM (NEW.attempt, NEW.strikes, NEW.lost_leases, NEW.fault_code,
      NEW.fault, NEW.media_type, NEW.width, NEW.height, NEW.dhash))
  EXECUTE FUNCTION refuse_state('submission_processing_stays');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_processing_stays;
"""

REVERSE = """
DROP TRIGGER submission_processing_stays ON submissions_submission;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0021_receipt_key_moved"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
