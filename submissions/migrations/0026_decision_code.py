from django.db import migrations, models
from django.db.models import Q

# Rejections from before have no code: only their text was kept.
FORWARD = """
DROP TRIGGER submission_decision_stays ON submissions_submission;
CREATE TRIGGER submission_decision_stays BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = NEW.state AND (
    OLD.processed_at, OLD.decided_at, OLD.decided_by_id, OLD.decision_reason,
    OLD.decision_code, OLD.withdrawn_at, OLD.undo_until
  ) IS DISTINCT FROM (
    NEW.processed_at, NEW.decided_at, NEW.decided_by_id, NEW.decision_reason,
    NEW.decision_code, NEW.withdrawn_at, NEW.undo_until
  )) EXECUTE FUNCTION refuse_state('submission_decision_stays');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_decision_stays;
"""

REVERSE = """
DROP TRIGGER submission_decision_stays ON submissions_submission;
CREATE TRIGGER submission_decision_stays BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = NEW.state AND (
    OLD.processed_at, OLD.decided_at, OLD.decided_by_id, OLD.decision_reason,
    OLD.withdrawn_at, OLD.undo_until
  ) IS DISTINCT FROM (
    NEW.processed_at, NEW.decided_at, NEW.decided_by_id, NEW.decision_reason,
    NEW.withdrawn_at, NEW.undo_until
  )) EXECUTE FUNCTION refuse_state('submission_decision_stays');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_decision_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0025_two_disqualify")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="decision_code",
            field=models.CharField(
                blank=True,
                db_default="",
                editable=False,
                max_length=20,
                verbose_name="reason code",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=Q(decision_code="") | Q(state="rejected"),
                name="submission_code_of_rejection",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
