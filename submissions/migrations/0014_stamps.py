from django.db import migrations

# Rows that are there already keep their moments: the statements wrote them with the
# database clock, and the journal has the moment of each change.
FORWARD = """
CREATE TRIGGER submission_stamped_on_arrival BEFORE INSERT ON submissions_submission
  FOR EACH ROW WHEN (NEW.rules_accepted_at IS DISTINCT FROM statement_timestamp()
    OR NEW.processed_at IS NOT NULL OR NEW.decided_at IS NOT NULL)
  EXECUTE FUNCTION stamp('rules_accepted_at', 'processed_at', 'decided_at');
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_stamped_on_arrival;

CREATE TRIGGER submission_stamped_when_moved BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state <> NEW.state
    AND (OLD.processed_at, OLD.decided_at, OLD.withdrawn_at)
      IS DISTINCT FROM (NEW.processed_at, NEW.decided_at, NEW.withdrawn_at))
  EXECUTE FUNCTION stamp('processed_at', 'decided_at', 'withdrawn_at');
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_stamped_when_moved;

CREATE TRIGGER submission_decision_stays BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = NEW.state AND (
    OLD.processed_at, OLD.decided_at, OLD.decided_by_id, OLD.decision_reason,
    OLD.withdrawn_at
  ) IS DISTINCT FROM (
    NEW.processed_at, NEW.decided_at, NEW.decided_by_id, NEW.decision_reason,
    NEW.withdrawn_at
  )) EXECUTE FUNCTION refuse_state('submission_decision_stays');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_decision_stays;

CREATE FUNCTION submission_decided_in_time() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off a cancellation, which would not see this decision.
  PERFORM pg_advisory_xact_lock_shared(7301, OLD.competition_id::int);
  IF EXISTS (SELECT FROM competitions_competition
      WHERE id = OLD.competition_id AND cancelled_at IS NOT NULL) THEN
    PERFORM refuse('submission_competition_cancelled', TG_TABLE_NAME,
      'the competition is cancelled');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_decided_in_time BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (
    NEW.state IN ('approved', 'rejected', 'disqualified')
    OR OLD.state IN ('approved', 'rejected') AND NEW.state = 'pending'))
  EXECUTE FUNCTION submission_decided_in_time();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_decided_in_time;

CREATE TRIGGER award_stamped_when_given BEFORE INSERT ON submissions_award
  FOR EACH ROW WHEN (NEW.awarded_at IS DISTINCT FROM statement_timestamp()
    OR NEW.taken_back_at IS NOT NULL)
  EXECUTE FUNCTION stamp('awarded_at', 'taken_back_at');
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_stamped_when_given;

CREATE TRIGGER award_stamped_when_taken_back BEFORE UPDATE ON submissions_award
  FOR EACH ROW WHEN (OLD.taken_back_at IS DISTINCT FROM NEW.taken_back_at)
  EXECUTE FUNCTION stamp('taken_back_at');
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_stamped_when_taken_back;

CREATE TRIGGER award_giving_stays BEFORE UPDATE ON submissions_award
  FOR EACH ROW WHEN ((OLD.awarded_at, OLD.awarded_by_id)
    IS DISTINCT FROM (NEW.awarded_at, NEW.awarded_by_id))
  EXECUTE FUNCTION refuse_row('award_stays');
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_giving_stays;

CREATE TRIGGER receipt_key_stamped_when_made BEFORE INSERT ON submissions_receiptkey
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.retired_at IS NOT NULL)
  EXECUTE FUNCTION stamp('created_at', 'retired_at');
ALTER TABLE submissions_receiptkey
  ENABLE ALWAYS TRIGGER receipt_key_stamped_when_made;

CREATE TRIGGER receipt_key_stamped_when_retired BEFORE UPDATE ON submissions_receiptkey
  FOR EACH ROW WHEN (OLD.retired_at IS DISTINCT FROM NEW.retired_at)
  EXECUTE FUNCTION stamp('retired_at');
ALTER TABLE submissions_receiptkey
  ENABLE ALWAYS TRIGGER receipt_key_stamped_when_retired;
"""

REVERSE = """
DROP TRIGGER receipt_key_stamped_when_retired ON submissions_receiptkey;
DROP TRIGGER receipt_key_stamped_when_made ON submissions_receiptkey;
DROP TRIGGER award_giving_stays ON submissions_award;
DROP TRIGGER award_stamped_when_taken_back ON submissions_award;
DROP TRIGGER award_stamped_when_given ON submissions_award;
DROP TRIGGER submission_decided_in_time ON submissions_submission;
DROP FUNCTION submission_decided_in_time();
DROP TRIGGER submission_decision_stays ON submissions_submission;
DROP TRIGGER submission_stamped_when_moved ON submissions_submission;
DROP TRIGGER submission_stamped_on_arrival ON submissions_submission;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0013_refused_files"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
