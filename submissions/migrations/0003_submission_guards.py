from django.db import migrations

FORWARD = """
CREATE FUNCTION submission_arrives() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  contest competitions_competition%ROWTYPE;
  made integer;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  NEW.arrived_at := clock_timestamp();
  PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);
  PERFORM pg_advisory_xact_lock(hashtextextended(
    format('%s/%s', NEW.competition_id, NEW.participant_id), 7301));
  SELECT * INTO contest FROM competitions_competition WHERE id = NEW.competition_id;
  -- Arrival decides: a ticket that waited while the deadline's job ran is in.
  IF NOT FOUND OR contest.cancelled_at IS NOT NULL
     OR contest.state NOT IN ('open', 'moderation')
     OR NEW.arrived_at < contest.opens_at OR NEW.arrived_at > contest.closes_at THEN
    PERFORM refuse('submission_competition_takes_entries', TG_TABLE_NAME,
      format('arrived at %s', NEW.arrived_at));
  END IF;
  SELECT count(*) INTO made FROM submissions_submission
    WHERE competition_id = NEW.competition_id
      AND participant_id = NEW.participant_id
      AND state NOT IN ('withdrawn', 'expired');
  IF made >= contest.max_entries THEN
    PERFORM refuse('submission_within_limit', TG_TABLE_NAME, format('%s made', made));
  END IF;
  NEW.upload_until := NEW.arrived_at + contest.upload_window;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_arrives BEFORE INSERT ON submissions_submission
  FOR EACH ROW EXECUTE FUNCTION submission_arrives();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_arrives;

CREATE TRIGGER submission_facts_stay BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN ((
    OLD.id, OLD.token, OLD.public_id, OLD.competition_id, OLD.participant_id,
    OLD.arrived_at, OLD.upload_until, OLD.declared_size, OLD.declared_sha256,
    OLD.rules_accepted_at
  ) IS DISTINCT FROM (
    NEW.id, NEW.token, NEW.public_id, NEW.competition_id, NEW.participant_id,
    NEW.arrived_at, NEW.upload_until, NEW.declared_size, NEW.declared_sha256,
    NEW.rules_accepted_at
  ) OR OLD.state <> 'reserved' AND (
    OLD.title, OLD.description, OLD.alt_text, OLD.category_id, OLD.idempotency_key,
    OLD.original, OLD.original_name, OLD.sha256, OLD.size, OLD.received_at
  ) IS DISTINCT FROM (
    NEW.title, NEW.description, NEW.alt_text, NEW.category_id, NEW.idempotency_key,
    NEW.original, NEW.original_name, NEW.sha256, NEW.size, NEW.received_at
  )) EXECUTE FUNCTION refuse_state('submission_facts_stay');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_facts_stay;

CREATE FUNCTION submission_upload_in_time() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off a close, which would not see a file that is being acknowledged.
  PERFORM pg_advisory_xact_lock_shared(7301, OLD.competition_id::int);
  IF clock_timestamp() > OLD.upload_until
     OR NEW.received_at NOT BETWEEN OLD.arrived_at AND clock_timestamp()
     OR NOT EXISTS (SELECT FROM competitions_competition
       WHERE id = OLD.competition_id AND state IN ('open', 'moderation')) THEN
    PERFORM refuse('submission_upload_in_time', TG_TABLE_NAME,
      format('until %s', OLD.upload_until));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_upload_in_time BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = 'reserved' AND NEW.state = 'received')
  EXECUTE FUNCTION submission_upload_in_time();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_upload_in_time;

CREATE FUNCTION submission_category_of_competition() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM competitions_category
      WHERE id = NEW.category_id AND competition_id = NEW.competition_id) THEN
    PERFORM refuse('submission_category_of_competition', TG_TABLE_NAME, 'category');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_category_of_competition
  BEFORE INSERT OR UPDATE OF category_id ON submissions_submission
  FOR EACH ROW WHEN (NEW.category_id IS NOT NULL)
  EXECUTE FUNCTION submission_category_of_competition();
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_category_of_competition;

CREATE FUNCTION submission_settled() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  phase text;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock_shared(7301, OLD.competition_id::int);
  SELECT state INTO phase FROM competitions_competition WHERE id = OLD.competition_id;
  IF phase = 'winner_announced' THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  IF phase = 'closed' AND OLD.state <> NEW.state AND NEW.state = 'pending' THEN
    PERFORM refuse('submission_review_is_over', TG_TABLE_NAME, 'closed');
  END IF;
  IF OLD.state = 'approved' AND NEW.state <> 'approved' AND EXISTS (
      SELECT FROM submissions_award WHERE submission_id = OLD.id
      AND taken_back_at IS NULL) THEN
    PERFORM refuse('submission_award_stays', TG_TABLE_NAME, 'it holds a prize');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_settled BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state IN ('approved', 'rejected', 'disqualified',
    'withdrawn', 'expired')) EXECUTE FUNCTION submission_settled();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_settled;

CREATE TRIGGER submission_stays BEFORE DELETE ON submissions_submission
  FOR EACH ROW EXECUTE FUNCTION refuse_state('submission_stays');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_stays;

CREATE FUNCTION award_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  which bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.competition_id
    ELSE NEW.competition_id END;
  contest competitions_competition%ROWTYPE;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock_shared(7301, which::int);
  SELECT * INTO contest FROM competitions_competition WHERE id = which;
  IF contest.state = 'winner_announced' THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  IF contest.state <> 'closed' OR contest.cancelled_at IS NOT NULL
     OR TG_OP = 'UPDATE'
       AND (NEW.id, NEW.competition_id, NEW.prize_id, NEW.submission_id)
       IS DISTINCT FROM (OLD.id, OLD.competition_id, OLD.prize_id, OLD.submission_id)
  THEN
    PERFORM refuse('award_to_approved_entry', TG_TABLE_NAME, contest.state);
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.taken_back_at IS NOT NULL THEN
    PERFORM refuse('award_stays', TG_TABLE_NAME, 'awards stay on record');
  END IF;
  IF NEW.taken_back_at IS NOT NULL AND TG_OP = 'UPDATE' THEN
    RETURN NEW;
  END IF;
  -- Holds off a decision on the entry until this award is there to be seen.
  PERFORM FROM submissions_submission WHERE id = NEW.submission_id
    AND competition_id = which AND state = 'approved' FOR SHARE;
  IF NOT FOUND OR NOT EXISTS (SELECT FROM competitions_prize
      WHERE id = NEW.prize_id AND competition_id = which) THEN
    PERFORM refuse('award_to_approved_entry', TG_TABLE_NAME, 'not an accepted entry');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER award_guard BEFORE INSERT OR UPDATE OR DELETE ON submissions_award
  FOR EACH ROW EXECUTE FUNCTION award_guard();
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_guard;

CREATE FUNCTION rendition_in_running_competition() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  IF EXISTS (SELECT FROM submissions_submission AS entry
      JOIN competitions_competition AS contest ON contest.id = entry.competition_id
      WHERE contest.state = 'winner_announced' AND entry.id IN (
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.submission_id END,
        CASE WHEN TG_OP <> 'DELETE' THEN NEW.submission_id END)) THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER rendition_in_running_competition
  BEFORE INSERT OR UPDATE OR DELETE ON submissions_rendition
  FOR EACH ROW EXECUTE FUNCTION rendition_in_running_competition();
ALTER TABLE submissions_rendition
  ENABLE ALWAYS TRIGGER rendition_in_running_competition;
"""

REVERSE = """
DROP TRIGGER rendition_in_running_competition ON submissions_rendition;
DROP FUNCTION rendition_in_running_competition();
DROP TRIGGER award_guard ON submissions_award;
DROP FUNCTION award_guard();
DROP TRIGGER submission_stays ON submissions_submission;
DROP TRIGGER submission_settled ON submissions_submission;
DROP FUNCTION submission_settled();
DROP TRIGGER submission_category_of_competition ON submissions_submission;
DROP FUNCTION submission_category_of_competition();
DROP TRIGGER submission_upload_in_time ON submissions_submission;
DROP FUNCTION submission_upload_in_time();
DROP TRIGGER submission_facts_stay ON submissions_submission;
DROP TRIGGER submission_arrives ON submissions_submission;
DROP FUNCTION submission_arrives();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0002_submission_machine"),
        ("competitions", "0003_competition_guards"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
