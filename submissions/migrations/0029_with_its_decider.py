from django.db import migrations

# Entries that are decided already stay as they are: only a move is looked at.
FORWARD = """
CREATE FUNCTION submission_with_its_decider() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF NEW.state = 'pending' THEN
    IF NEW.decided_by_id IS NOT NULL OR NEW.decided_at IS NOT NULL THEN
      PERFORM refuse('submission_decided_tied', TG_TABLE_NAME, 'in review');
    END IF;
  -- The moment of the decision before is none of this one.
  ELSIF NEW.decided_by_id IS NULL OR NEW.decided_at IS NULL
      OR NEW.decided_at IS NOT DISTINCT FROM OLD.decided_at THEN
    PERFORM refuse('submission_decided_tied', TG_TABLE_NAME,
      format('decided by %s at %s', NEW.decided_by_id, NEW.decided_at));
  ELSIF actor <> NEW.decided_by_id THEN
    PERFORM refuse('submission_decided_by_its_person', TG_TABLE_NAME,
      format('by %s', actor));
  END IF;
  RETURN NEW;
END $$;

-- Fires after the other guards, whose rules come first.
CREATE TRIGGER submission_with_its_decider BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state <> NEW.state
    AND NEW.state IN ('pending', 'approved', 'rejected', 'disqualified'))
  EXECUTE FUNCTION submission_with_its_decider();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_with_its_decider;
"""

REVERSE = """
DROP TRIGGER submission_with_its_decider ON submissions_submission;
DROP FUNCTION submission_with_its_decider();
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0028_similar_pictures")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
