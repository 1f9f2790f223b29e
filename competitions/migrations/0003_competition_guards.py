from django.db import migrations

FORWARD = """
CREATE FUNCTION competition_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  moved boolean := OLD.state <> NEW.state;
  stamp timestamptz := CASE NEW.state WHEN 'open' THEN NEW.opened_at
    WHEN 'moderation' THEN NEW.moderation_started_at WHEN 'closed' THEN NEW.closed_at
    ELSE NEW.winners_announced_at END;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Waits for the tickets being written; later tickets wait for this transaction.
  PERFORM pg_advisory_xact_lock(7301, OLD.id::int);
  IF OLD.state = 'winner_announced' THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  IF OLD.cancelled_at IS NOT NULL THEN
    PERFORM refuse('competition_cancelled_stays', TG_TABLE_NAME, 'cancelled');
  END IF;
  IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id
     AND OLD.state <> 'draft' THEN
    PERFORM refuse('competition_facts_stay', TG_TABLE_NAME, 'identity is fixed');
  END IF;
  IF NOT moved AND (NEW.opened_at, NEW.moderation_started_at, NEW.closed_at,
      NEW.winners_announced_at) IS DISTINCT FROM (OLD.opened_at,
      OLD.moderation_started_at, OLD.closed_at, OLD.winners_announced_at) THEN
    PERFORM refuse('competition_facts_stay', TG_TABLE_NAME, 'timestamps are fixed');
  END IF;
  -- A move stamps its own moment, now, and leaves the earlier ones alone.
  IF moved AND (OLD.state, NEW.state) IN (('draft', 'open'), ('open', 'moderation'),
      ('moderation', 'closed'), ('closed', 'winner_announced')) AND (stamp NOT BETWEEN now() AND clock_timestamp()
      OR NEW.state <> 'open' AND NEW.opened_at IS DISTINCT FROM OLD.opened_at
      OR NEW.state <> 'moderation'
        AND NEW.moderation_started_at IS DISTINCT FROM OLD.moderation_started_at
      OR NEW.state <> 'closed' AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)
      OR NEW.cancelled_at NOT BETWEEN now() AND clock_timestamp() THEN
    PERFORM refuse('competition_facts_stay', TG_TABLE_NAME, 'timestamps are the clock''s');
  END IF;
  IF OLD.state <> 'draft' AND NEW.opens_at IS DISTINCT FROM OLD.opens_at
     OR OLD.state NOT IN ('draft', 'open')
     AND NEW.closes_at IS DISTINCT FROM OLD.closes_at THEN
    PERFORM refuse('competition_dates_fixed', TG_TABLE_NAME, 'dates are fixed');
  END IF;
  IF OLD.state = 'open' AND NEW.closes_at IS DISTINCT FROM OLD.closes_at THEN
    IF NEW.deadline_reason = '' THEN
      PERFORM refuse('competition_deadline_has_reason', TG_TABLE_NAME, 'no reason');
    END IF;
    IF moved THEN
      -- Closing early: the boundary is this moment, after all earlier tickets.
      NEW.closes_at := LEAST(clock_timestamp(), OLD.closes_at);
    ELSIF NEW.closes_at < OLD.closes_at OR OLD.closes_at <= clock_timestamp() THEN
      PERFORM refuse('competition_deadline_only_later', TG_TABLE_NAME,
        format('the deadline is %s', OLD.closes_at));
    END IF;
  END IF;
  IF moved AND NEW.state = 'moderation' AND NEW.closes_at > clock_timestamp() THEN
    PERFORM refuse('competition_moderation_after_deadline', TG_TABLE_NAME,
      format('the deadline is %s', NEW.closes_at));
  END IF;
  IF moved AND NEW.state = 'closed' AND EXISTS (
      SELECT FROM submissions_submission WHERE competition_id = OLD.id AND (
        state IN ('received', 'processing', 'quarantined', 'pending')
        OR state = 'reserved' AND upload_until >= clock_timestamp())) THEN
    PERFORM refuse('competition_all_decided', TG_TABLE_NAME, 'entries are undecided');
  END IF;
  IF moved AND NEW.state = 'winner_announced' AND NOT EXISTS (
      SELECT FROM submissions_award WHERE competition_id = OLD.id
      AND taken_back_at IS NULL) THEN
    PERFORM refuse('competition_has_award', TG_TABLE_NAME, 'no prize is given');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER competition_guard BEFORE UPDATE ON competitions_competition
  FOR EACH ROW WHEN (OLD.state = 'winner_announced' OR (
    OLD.id, OLD.organization_id, OLD.state, OLD.opens_at, OLD.closes_at,
    OLD.cancelled_at, OLD.opened_at, OLD.moderation_started_at, OLD.closed_at,
    OLD.winners_announced_at
  ) IS DISTINCT FROM (
    NEW.id, NEW.organization_id, NEW.state, NEW.opens_at, NEW.closes_at,
    NEW.cancelled_at, NEW.opened_at, NEW.moderation_started_at, NEW.closed_at,
    NEW.winners_announced_at
  )) EXECUTE FUNCTION competition_guard();
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_guard;

CREATE TRIGGER competition_stays BEFORE DELETE ON competitions_competition
  FOR EACH ROW WHEN (OLD.state <> 'draft')
  EXECUTE FUNCTION refuse_state('competition_stays');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_stays;

CREATE FUNCTION part_of_running_competition() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  which bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.competition_id
    ELSE OLD.competition_id END;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock_shared(7301, which::int);
  IF EXISTS (SELECT FROM competitions_competition
      WHERE id = which AND state = 'winner_announced') THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.competition_id <> OLD.competition_id THEN
    PERFORM refuse('competition_facts_stay', TG_TABLE_NAME, 'it stays where it is');
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER prize_in_running_competition
  BEFORE INSERT OR UPDATE OR DELETE ON competitions_prize
  FOR EACH ROW EXECUTE FUNCTION part_of_running_competition();
ALTER TABLE competitions_prize ENABLE ALWAYS TRIGGER prize_in_running_competition;

CREATE TRIGGER category_in_running_competition
  BEFORE INSERT OR UPDATE OR DELETE ON competitions_category
  FOR EACH ROW EXECUTE FUNCTION part_of_running_competition();
ALTER TABLE competitions_category ENABLE ALWAYS TRIGGER category_in_running_competition;
"""

REVERSE = """
DROP TRIGGER category_in_running_competition ON competitions_category;
DROP TRIGGER prize_in_running_competition ON competitions_prize;
DROP FUNCTION part_of_running_competition();
DROP TRIGGER competition_stays ON competitions_competition;
DROP TRIGGER competition_guard ON competitions_competition;
DROP FUNCTION competition_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("competitions", "0002_competition_machine")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
