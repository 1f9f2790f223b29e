from django.db import migrations

# A statement may be long: one that began before a stamp's moment is stamped as well.
# The journal finds the history of a row by its key.
FORWARD = """
DROP TRIGGER competition_stamped_when_made ON competitions_competition;
CREATE TRIGGER competition_stamped_when_made BEFORE INSERT ON competitions_competition
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.cancelled_at IS NOT NULL
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('created_at', 'cancelled_at');
ALTER TABLE competitions_competition
  ENABLE ALWAYS TRIGGER competition_stamped_when_made;

CREATE OR REPLACE FUNCTION competition_guard() RETURNS trigger
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
  -- The transaction may have begun long ago, and have waited for the lock. An early
  -- stop and the deadline that it sets are one moment.
  IF moved THEN
    stamp := CASE WHEN NEW.closes_at < OLD.closes_at THEN NEW.closes_at
      ELSE clock_timestamp() END;
    CASE NEW.state WHEN 'open' THEN NEW.opened_at := stamp;
      WHEN 'moderation' THEN NEW.moderation_started_at := stamp;
      WHEN 'closed' THEN NEW.closed_at := stamp;
      WHEN 'winner_announced' THEN NEW.winners_announced_at := stamp;
      ELSE NULL; END CASE;
  END IF;
  IF NEW.cancelled_at IS NOT NULL THEN
    NEW.cancelled_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER category_keeps_its_key BEFORE UPDATE ON competitions_category
  FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION refuse_row('key_stays');
ALTER TABLE competitions_category
  ENABLE ALWAYS TRIGGER category_keeps_its_key;

CREATE TRIGGER prize_keeps_its_key BEFORE UPDATE ON competitions_prize
  FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION refuse_row('key_stays');
ALTER TABLE competitions_prize
  ENABLE ALWAYS TRIGGER prize_keeps_its_key;
"""

REVERSE = """
DROP TRIGGER prize_keeps_its_key ON competitions_prize;

DROP TRIGGER category_keeps_its_key ON competitions_category;

CREATE OR REPLACE FUNCTION competition_guard() RETURNS trigger
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

DROP TRIGGER competition_stamped_when_made ON competitions_competition;
CREATE TRIGGER competition_stamped_when_made BEFORE INSERT ON competitions_competition
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.cancelled_at IS NOT NULL)
  EXECUTE FUNCTION stamp('created_at', 'cancelled_at');
ALTER TABLE competitions_competition
  ENABLE ALWAYS TRIGGER competition_stamped_when_made;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("competitions", "0016_texts_in_the_journal"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
