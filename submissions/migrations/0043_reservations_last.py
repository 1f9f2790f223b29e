from django.db import migrations

# Entries that ended before stay as they are.
FORWARD = """
CREATE TRIGGER submission_expires_late BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = 'reserved' AND NEW.state = 'expired'
    AND NEW.refused_at IS NULL AND OLD.upload_until >= clock_timestamp())
  EXECUTE FUNCTION refuse_state('submission_expires_late');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_expires_late;

CREATE TRIGGER submission_tried_again_soon
  BEFORE UPDATE OF lease_until, next_attempt_at ON submissions_submission
  FOR EACH ROW WHEN (
    NEW.lease_until > clock_timestamp() + interval '1 day'
    OR NEW.next_attempt_at > clock_timestamp() + interval '1 day')
  EXECUTE FUNCTION refuse_row('submission_tried_again_soon');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_tried_again_soon;
"""

REVERSE = """
DROP TRIGGER submission_tried_again_soon ON submissions_submission;
DROP TRIGGER submission_expires_late ON submissions_submission;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0042_trigrams_of_titles")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
