from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER submission_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON submissions_submission
  FOR EACH ROW WHEN (is_blank(NEW.title)
    OR NEW.decision_reason <> '' AND is_blank(NEW.decision_reason))
  EXECUTE FUNCTION text_can_be_seen('title', 'decision_reason?');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER submission_texts_can_be_seen ON submissions_submission;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0047_uploads_begin_empty"),
        ("core", "0017_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
