from django.db import migrations

# Decisions that were made before stay as they are; the journal says who made them.
FORWARD = """
CREATE FUNCTION submission_decided_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF NEW.participant_id = actor
     OR NEW.participant_id = NEW.decided_by_id
       AND NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id THEN
    PERFORM refuse('submission_decided_by_another', TG_TABLE_NAME,
      format('decided by %s', NEW.participant_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_decided_by_another BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (
    OLD.state <> NEW.state AND (
      NEW.state IN ('approved', 'rejected', 'disqualified')
      OR OLD.state IN ('approved', 'rejected') AND NEW.state = 'pending'
      OR OLD.state = 'quarantined' AND NEW.state = 'received')
    OR (OLD.decided_by_id, OLD.decided_at, OLD.decision_reason)
      IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at, NEW.decision_reason))
  EXECUTE FUNCTION submission_decided_by_another();
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_decided_by_another;

CREATE FUNCTION award_given_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  artist bigint;
BEGIN
  SELECT participant_id INTO artist FROM submissions_submission
    WHERE id = NEW.submission_id;
  IF artist = actor
     OR artist = NEW.awarded_by_id
       AND (TG_OP = 'INSERT' OR OLD.awarded_by_id <> NEW.awarded_by_id) THEN
    PERFORM refuse('award_given_by_another', TG_TABLE_NAME,
      format('decided by %s', artist));
  END IF;
  RETURN NEW;
END $$;

-- Fires after award_guard, whose rules come first.
CREATE TRIGGER award_is_given_by_another BEFORE INSERT OR UPDATE ON submissions_award
  FOR EACH ROW EXECUTE FUNCTION award_given_by_another();
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_is_given_by_another;
"""

REVERSE = """
DROP TRIGGER award_is_given_by_another ON submissions_award;
DROP FUNCTION award_given_by_another();
DROP TRIGGER submission_decided_by_another ON submissions_submission;
DROP FUNCTION submission_decided_by_another();
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0011_receipts_stay")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
