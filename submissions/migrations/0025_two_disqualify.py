from django.db import migrations

# Entries that one person disqualified before stay as they are.
FORWARD = """
CREATE FUNCTION submission_two_disqualify() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  -- Only for this decision: one from before the entry was accepted anew is void.
  IF NOT EXISTS (SELECT FROM approvals_approval
      WHERE kind = 'submissions.disqualify' AND target_table = TG_TABLE_NAME
      AND target_id = OLD.id AND state = 'confirmed'
      AND decided_at > coalesce(OLD.decided_at, '-infinity')
      AND reason = NEW.decision_reason AND decided_by_id = NEW.decided_by_id
      AND OLD.participant_id NOT IN (proposed_by_id, decided_by_id)) THEN
    PERFORM refuse('submission_two_disqualify', TG_TABLE_NAME,
      'no confirmed proposal');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_two_disqualify BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = 'approved' AND NEW.state = 'disqualified')
  EXECUTE FUNCTION submission_two_disqualify();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_two_disqualify;
"""

REVERSE = """
DROP TRIGGER submission_two_disqualify ON submissions_submission;
DROP FUNCTION submission_two_disqualify();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0024_same_file"),
        ("approvals", "0002_approval_guards"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
