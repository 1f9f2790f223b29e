from django.db import migrations

FORWARD = """
CREATE TRIGGER submission_refusal_stays BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state <> 'reserved'
    AND (OLD.refused_at, OLD.refusal, OLD.entered_again)
      IS DISTINCT FROM (NEW.refused_at, NEW.refusal, NEW.entered_again))
  EXECUTE FUNCTION refuse_state('submission_facts_stay');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_refusal_stays;
"""

REVERSE = """
DROP TRIGGER submission_refusal_stays ON submissions_submission;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0016_once_per_file")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
