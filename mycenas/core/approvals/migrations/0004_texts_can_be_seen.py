from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER approval_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON approvals_approval
  FOR EACH ROW WHEN (NEW.reason <> '' AND is_blank(NEW.reason)
    OR NEW.decision_reason <> '' AND is_blank(NEW.decision_reason))
  EXECUTE FUNCTION text_can_be_seen('reason?', 'decision_reason?');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER approval_texts_can_be_seen ON approvals_approval;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0003_expires_in_time"),
        ("core", "0017_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
