from django.db import migrations

# What a method asks for is a function of its own: a further method replaces these two,
# and not the guards that ask them.
FORWARD = """
-- Whether the tie-breaks of the round are ones of its method, none of them twice.
CREATE FUNCTION judging_knows_ties(this judging_round) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF jsonb_typeof(this.tie_break) <> 'array' THEN
    RETURN false;
  END IF;
  RETURN (SELECT count(*) = count(DISTINCT one) AND coalesce(bool_and(CASE
      WHEN jsonb_typeof(one) <> 'string' THEN false
      WHEN this.method = 'yes_no_maybe' THEN one #>> '{}' IN ('most_yes', 'fewest_no')
      ELSE one #>> '{}' IN ('mean', 'median', 'best', 'worst')
        OR EXISTS (SELECT FROM judging_criterion WHERE round_id = this.id
          AND one #>> '{}' = 'criterion:' || id) END), true)
    FROM jsonb_array_elements(this.tie_break) AS one);
END $$;

-- Whether a score says all that its round asks for. Refuses what is not on the scale.
CREATE FUNCTION judging_says_all(
  this judging_round, pair judging_assignment, given jsonb
) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  part text;
  points text;
  criterion judging_criterion%ROWTYPE;
BEGIN
  IF jsonb_typeof(given) <> 'object' THEN
    PERFORM refuse('score_on_scale', 'judging_score', 'not an object');
  END IF;
  FOR part, points IN SELECT key, value FROM jsonb_each_text(given) LOOP
    IF this.method = 'yes_no_maybe' THEN
      IF part <> 'vote' OR points IS NULL OR points NOT IN ('yes', 'maybe', 'no') THEN
        PERFORM refuse('score_on_scale', 'judging_score', part);
      END IF;
      CONTINUE;
    END IF;
    IF part !~ '^[1-9][0-9]{0,17}$'
       OR coalesce(points, '') !~ '^-?[0-9]{1,4}([.][0-9]{1,3})?$' THEN
      PERFORM refuse('score_on_scale', 'judging_score', 'not a number');
    END IF;
    SELECT * INTO criterion FROM judging_criterion
      WHERE id = part::bigint AND round_id = this.id;
    IF NOT FOUND OR points::numeric NOT BETWEEN criterion.low AND criterion.high
       OR (points::numeric - criterion.low) % criterion.step <> 0 THEN
      PERFORM refuse('score_on_scale', 'judging_score', points);
    END IF;
  END LOOP;
  IF this.method = 'yes_no_maybe' THEN
    RETURN given ? 'vote';
  END IF;
  RETURN NOT EXISTS (SELECT FROM judging_criterion WHERE round_id = this.id
    AND NOT given ? id::text);
END $$;

CREATE OR REPLACE FUNCTION round_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  contest competitions_competition%ROWTYPE;
  moved boolean := TG_OP = 'UPDATE' AND OLD.state <> NEW.state;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off the announcement, which would not see this round.
  PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);
  SELECT * INTO contest FROM competitions_competition WHERE id = NEW.competition_id;
  IF contest.state = 'winner_announced' THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  IF contest.cancelled_at IS NOT NULL THEN
    PERFORM refuse('competition_cancelled_stays', TG_TABLE_NAME, 'cancelled');
  END IF;
  IF NEW.category_id IS NOT NULL AND NOT EXISTS (SELECT FROM competitions_category
      WHERE id = NEW.category_id AND competition_id = NEW.competition_id) THEN
    PERFORM refuse('round_category_of_competition', TG_TABLE_NAME, 'category');
  END IF;
  IF TG_OP = 'INSERT' THEN
    RETURN NEW;
  END IF;
  -- Waits for the scores being written; later scores wait for this transaction.
  PERFORM pg_advisory_xact_lock(7302, OLD.id::int);
  IF NEW.id <> OLD.id OR NEW.competition_id <> OLD.competition_id THEN
    PERFORM refuse('round_settings_fixed', TG_TABLE_NAME, 'identity is fixed');
  END IF;
  -- The end of a running round may move later.
  IF OLD.state <> 'draft' AND ((OLD.category_id, OLD.position, OLD.name, OLD.method,
      OLD.aggregate, OLD.rules, OLD.readings, OLD.quorum, OLD.load_limit,
      OLD.tie_break, OLD.advance, OLD.advance_value, OLD.seed, OLD.seed_commitment)
      IS DISTINCT FROM (NEW.category_id, NEW.position, NEW.name, NEW.method,
      NEW.aggregate, NEW.rules, NEW.readings, NEW.quorum, NEW.load_limit,
      NEW.tie_break, NEW.advance, NEW.advance_value, NEW.seed, NEW.seed_commitment)
      OR NEW.closes_at IS DISTINCT FROM OLD.closes_at AND (OLD.state <> 'open'
        OR NEW.closes_at IS NOT NULL AND (OLD.closes_at IS NULL
          OR NEW.closes_at < OLD.closes_at)))
      AND NOT (OLD.state = 'open' AND NEW.state = 'draft') THEN
    PERFORM refuse('round_settings_fixed', TG_TABLE_NAME, 'settings are fixed');
  END IF;
  IF NOT moved AND (OLD.opened_at, OLD.closed_at, OLD.close_reason, OLD.published_at,
      OLD.cancelled_at, OLD.cancel_reason) IS DISTINCT FROM (NEW.opened_at,
      NEW.closed_at, NEW.close_reason, NEW.published_at, NEW.cancelled_at,
      NEW.cancel_reason) THEN
    PERFORM refuse('round_settings_fixed', TG_TABLE_NAME, 'timestamps are fixed');
  END IF;
  IF NOT moved THEN
    RETURN NEW;
  END IF;
  IF NEW.state = 'open' THEN
    IF contest.state NOT IN ('moderation', 'closed') THEN
      PERFORM refuse('round_after_deadline', TG_TABLE_NAME, contest.state);
    END IF;
    IF NEW.closes_at <= clock_timestamp() THEN
      PERFORM refuse('round_closes_later', TG_TABLE_NAME, format('%s', NEW.closes_at));
    END IF;
    IF NOT EXISTS (SELECT FROM judging_candidate WHERE round_id = OLD.id) THEN
      PERFORM refuse('round_has_entries', TG_TABLE_NAME, 'no entry');
    END IF;
    IF NOT EXISTS (SELECT FROM judging_juror WHERE round_id = OLD.id) THEN
      PERFORM refuse('round_has_jurors', TG_TABLE_NAME, 'no juror');
    END IF;
    IF NEW.method = 'weighted'
       AND NOT EXISTS (SELECT FROM judging_criterion WHERE round_id = OLD.id) THEN
      PERFORM refuse('round_has_criteria', TG_TABLE_NAME, 'no criterion');
    END IF;
    IF NOT judging_knows_ties(NEW) THEN
      PERFORM refuse('round_knows_ties', TG_TABLE_NAME, 'an unknown tie-break');
    END IF;
    IF NEW.seed_commitment !~ '^[0-9a-f]{64}$'
       OR NEW.seed_commitment <> encode(sha256(decode(NEW.seed, 'hex')), 'hex') THEN
      PERFORM refuse('round_seed_committed', TG_TABLE_NAME, 'no commitment');
    END IF;
  ELSIF NEW.state = 'draft' AND judging_has_scores(OLD.id) THEN
    PERFORM refuse('round_is_scored', TG_TABLE_NAME, 'there are scores');
  ELSIF NEW.state = 'closed' AND EXISTS (SELECT FROM judging_readings(OLD.id) AS one
      WHERE one.readings < OLD.quorum) AND NOT EXISTS (
      SELECT FROM approvals_approval WHERE kind = 'judging.close_below_quorum'
      AND target_table = TG_TABLE_NAME AND target_id = OLD.id AND state = 'confirmed'
      AND decided_at > OLD.opened_at AND reason = NEW.close_reason) THEN
    PERFORM refuse('round_quorum_met', TG_TABLE_NAME, 'entries have too few scores');
  ELSIF NEW.state = 'cancelled' AND NOT EXISTS (SELECT FROM approvals_approval
      WHERE kind = 'judging.cancel_round' AND target_table = TG_TABLE_NAME
      AND target_id = OLD.id AND state = 'confirmed' AND decided_at > OLD.opened_at
      AND reason = NEW.cancel_reason) THEN
    PERFORM refuse('round_two_cancel', TG_TABLE_NAME, 'no confirmed proposal');
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION score_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  pair judging_assignment%ROWTYPE;
  this judging_round%ROWTYPE;
  juror judging_juror%ROWTYPE;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  SELECT * INTO pair FROM judging_assignment WHERE id = NEW.assignment_id;
  -- In the order of round_guard: the competition, then the round.
  PERFORM pg_advisory_xact_lock_shared(7301, (SELECT competition_id::int
    FROM judging_round WHERE id = pair.round_id));
  PERFORM pg_advisory_xact_lock_shared(7302, pair.round_id::int);
  -- One score of an assignment at a time, and none beside a conflict.
  SELECT * INTO pair FROM judging_assignment WHERE id = NEW.assignment_id
    FOR NO KEY UPDATE;
  SELECT * INTO this FROM judging_round WHERE id = pair.round_id;
  SELECT * INTO juror FROM judging_juror WHERE id = pair.juror_id;
  NEW.scored_at := clock_timestamp();
  IF actor IS DISTINCT FROM juror.user_id THEN
    PERFORM refuse('score_by_its_juror', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF this.state IS DISTINCT FROM 'open' OR NEW.scored_at > this.closes_at
     OR EXISTS (SELECT FROM competitions_competition
       WHERE id = this.competition_id AND cancelled_at IS NOT NULL) THEN
    PERFORM refuse('score_while_open', TG_TABLE_NAME, this.state);
  END IF;
  IF juror.accepted_at IS NULL OR juror.absent_since IS NOT NULL THEN
    PERFORM refuse('score_by_present_juror', TG_TABLE_NAME, 'rules not accepted');
  END IF;
  IF pair.state = 'void' THEN
    PERFORM refuse('score_without_conflict', TG_TABLE_NAME, 'the pair is void');
  END IF;
  IF NEW.version IS DISTINCT FROM pair.last_version + 1 THEN
    PERFORM refuse('score_version_next', TG_TABLE_NAME,
      format('the last one is %s', pair.last_version));
  END IF;
  NEW.is_complete := judging_says_all(this, pair, NEW.given);
  IF NOT NEW.is_complete AND EXISTS (SELECT FROM judging_score
      WHERE assignment_id = NEW.assignment_id AND is_complete) THEN
    PERFORM refuse('score_stays_complete', TG_TABLE_NAME, 'points are missing');
  END IF;
  RETURN NEW;
END $$;
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION round_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  contest competitions_competition%ROWTYPE;
  moved boolean := TG_OP = 'UPDATE' AND OLD.state <> NEW.state;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off the announcement, which would not see this round.
  PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);
  SELECT * INTO contest FROM competitions_competition WHERE id = NEW.competition_id;
  IF contest.state = 'winner_announced' THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  IF contest.cancelled_at IS NOT NULL THEN
    PERFORM refuse('competition_cancelled_stays', TG_TABLE_NAME, 'cancelled');
  END IF;
  IF NEW.category_id IS NOT NULL AND NOT EXISTS (SELECT FROM competitions_category
      WHERE id = NEW.category_id AND competition_id = NEW.competition_id) THEN
    PERFORM refuse('round_category_of_competition', TG_TABLE_NAME, 'category');
  END IF;
  IF TG_OP = 'INSERT' THEN
    RETURN NEW;
  END IF;
  -- Waits for the scores being written; later scores wait for this transaction.
  PERFORM pg_advisory_xact_lock(7302, OLD.id::int);
  IF NEW.id <> OLD.id OR NEW.competition_id <> OLD.competition_id THEN
    PERFORM refuse('round_settings_fixed', TG_TABLE_NAME, 'identity is fixed');
  END IF;
  -- The end of a running round may move later.
  IF OLD.state <> 'draft' AND ((OLD.category_id, OLD.position, OLD.name, OLD.method,
      OLD.aggregate, OLD.rules, OLD.readings, OLD.quorum, OLD.load_limit,
      OLD.tie_break, OLD.advance, OLD.advance_value, OLD.seed, OLD.seed_commitment)
      IS DISTINCT FROM (NEW.category_id, NEW.position, NEW.name, NEW.method,
      NEW.aggregate, NEW.rules, NEW.readings, NEW.quorum, NEW.load_limit,
      NEW.tie_break, NEW.advance, NEW.advance_value, NEW.seed, NEW.seed_commitment)
      OR NEW.closes_at IS DISTINCT FROM OLD.closes_at AND (OLD.state <> 'open'
        OR NEW.closes_at IS NOT NULL AND (OLD.closes_at IS NULL
          OR NEW.closes_at < OLD.closes_at)))
      AND NOT (OLD.state = 'open' AND NEW.state = 'draft') THEN
    PERFORM refuse('round_settings_fixed', TG_TABLE_NAME, 'settings are fixed');
  END IF;
  IF NOT moved AND (OLD.opened_at, OLD.closed_at, OLD.close_reason, OLD.published_at,
      OLD.cancelled_at, OLD.cancel_reason) IS DISTINCT FROM (NEW.opened_at,
      NEW.closed_at, NEW.close_reason, NEW.published_at, NEW.cancelled_at,
      NEW.cancel_reason) THEN
    PERFORM refuse('round_settings_fixed', TG_TABLE_NAME, 'timestamps are fixed');
  END IF;
  IF NOT moved THEN
    RETURN NEW;
  END IF;
  IF NEW.state = 'open' THEN
    IF contest.state NOT IN ('moderation', 'closed') THEN
      PERFORM refuse('round_after_deadline', TG_TABLE_NAME, contest.state);
    END IF;
    IF NEW.closes_at <= clock_timestamp() THEN
      PERFORM refuse('round_closes_later', TG_TABLE_NAME, format('%s', NEW.closes_at));
    END IF;
    IF NOT EXISTS (SELECT FROM judging_candidate WHERE round_id = OLD.id) THEN
      PERFORM refuse('round_has_entries', TG_TABLE_NAME, 'no entry');
    END IF;
    IF NOT EXISTS (SELECT FROM judging_juror WHERE round_id = OLD.id) THEN
      PERFORM refuse('round_has_jurors', TG_TABLE_NAME, 'no juror');
    END IF;
    IF NEW.method = 'weighted'
       AND NOT EXISTS (SELECT FROM judging_criterion WHERE round_id = OLD.id) THEN
      PERFORM refuse('round_has_criteria', TG_TABLE_NAME, 'no criterion');
    END IF;
    IF jsonb_typeof(NEW.tie_break) <> 'array' OR (SELECT count(*) <> count(DISTINCT one)
        OR NOT coalesce(bool_and(CASE
          WHEN jsonb_typeof(one) <> 'string' THEN false
          WHEN NEW.method = 'yes_no_maybe'
            THEN one #>> '{}' IN ('most_yes', 'fewest_no')
          ELSE one #>> '{}' IN ('mean', 'median', 'best', 'worst')
            OR EXISTS (SELECT FROM judging_criterion WHERE round_id = OLD.id
              AND one #>> '{}' = 'criterion:' || id) END), true)
        FROM jsonb_array_elements(NEW.tie_break) AS one) THEN
      PERFORM refuse('round_knows_ties', TG_TABLE_NAME, 'an unknown tie-break');
    END IF;
    IF NEW.seed_commitment !~ '^[0-9a-f]{64}$'
       OR NEW.seed_commitment <> encode(sha256(decode(NEW.seed, 'hex')), 'hex') THEN
      PERFORM refuse('round_seed_committed', TG_TABLE_NAME, 'no commitment');
    END IF;
  ELSIF NEW.state = 'draft' AND judging_has_scores(OLD.id) THEN
    PERFORM refuse('round_is_scored', TG_TABLE_NAME, 'there are scores');
  ELSIF NEW.state = 'closed' AND EXISTS (SELECT FROM judging_readings(OLD.id) AS one
      WHERE one.readings < OLD.quorum) AND NOT EXISTS (
      SELECT FROM approvals_approval WHERE kind = 'judging.close_below_quorum'
      AND target_table = TG_TABLE_NAME AND target_id = OLD.id AND state = 'confirmed'
      AND decided_at > OLD.opened_at AND reason = NEW.close_reason) THEN
    PERFORM refuse('round_quorum_met', TG_TABLE_NAME, 'entries have too few scores');
  ELSIF NEW.state = 'cancelled' AND NOT EXISTS (SELECT FROM approvals_approval
      WHERE kind = 'judging.cancel_round' AND target_table = TG_TABLE_NAME
      AND target_id = OLD.id AND state = 'confirmed' AND decided_at > OLD.opened_at
      AND reason = NEW.cancel_reason) THEN
    PERFORM refuse('round_two_cancel', TG_TABLE_NAME, 'no confirmed proposal');
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION score_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  pair judging_assignment%ROWTYPE;
  this judging_round%ROWTYPE;
  juror judging_juror%ROWTYPE;
  part text;
  points text;
  criterion judging_criterion%ROWTYPE;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  SELECT * INTO pair FROM judging_assignment WHERE id = NEW.assignment_id;
  -- In the order of round_guard: the competition, then the round.
  PERFORM pg_advisory_xact_lock_shared(7301, (SELECT competition_id::int
    FROM judging_round WHERE id = pair.round_id));
  PERFORM pg_advisory_xact_lock_shared(7302, pair.round_id::int);
  -- One score of an assignment at a time, and none beside a conflict.
  SELECT * INTO pair FROM judging_assignment WHERE id = NEW.assignment_id
    FOR NO KEY UPDATE;
  SELECT * INTO this FROM judging_round WHERE id = pair.round_id;
  SELECT * INTO juror FROM judging_juror WHERE id = pair.juror_id;
  NEW.scored_at := clock_timestamp();
  IF actor IS DISTINCT FROM juror.user_id THEN
    PERFORM refuse('score_by_its_juror', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF this.state IS DISTINCT FROM 'open' OR NEW.scored_at > this.closes_at
     OR EXISTS (SELECT FROM competitions_competition
       WHERE id = this.competition_id AND cancelled_at IS NOT NULL) THEN
    PERFORM refuse('score_while_open', TG_TABLE_NAME, this.state);
  END IF;
  IF juror.accepted_at IS NULL OR juror.absent_since IS NOT NULL THEN
    PERFORM refuse('score_by_present_juror', TG_TABLE_NAME, 'rules not accepted');
  END IF;
  IF pair.state = 'void' THEN
    PERFORM refuse('score_without_conflict', TG_TABLE_NAME, 'the pair is void');
  END IF;
  IF NEW.version IS DISTINCT FROM pair.last_version + 1 THEN
    PERFORM refuse('score_version_next', TG_TABLE_NAME,
      format('the last one is %s', pair.last_version));
  END IF;
  IF jsonb_typeof(NEW.given) <> 'object' THEN
    PERFORM refuse('score_on_scale', TG_TABLE_NAME, 'not an object');
  END IF;
  FOR part, points IN SELECT key, value FROM jsonb_each_text(NEW.given) LOOP
    IF this.method = 'yes_no_maybe' THEN
      IF part <> 'vote' OR points IS NULL OR points NOT IN ('yes', 'maybe', 'no') THEN
        PERFORM refuse('score_on_scale', TG_TABLE_NAME, part);
      END IF;
      CONTINUE;
    END IF;
    IF part !~ '^[1-9][0-9]{0,17}$'
       OR coalesce(points, '') !~ '^-?[0-9]{1,4}([.][0-9]{1,3})?$' THEN
      PERFORM refuse('score_on_scale', TG_TABLE_NAME, 'not a number');
    END IF;
    SELECT * INTO criterion FROM judging_criterion
      WHERE id = part::bigint AND round_id = this.id;
    IF NOT FOUND OR points::numeric NOT BETWEEN criterion.low AND criterion.high
       OR (points::numeric - criterion.low) % criterion.step <> 0 THEN
      PERFORM refuse('score_on_scale', TG_TABLE_NAME, points);
    END IF;
  END LOOP;
  NEW.is_complete := CASE this.method WHEN 'yes_no_maybe' THEN NEW.given ? 'vote'
    ELSE NOT EXISTS (SELECT FROM judging_criterion WHERE round_id = this.id
      AND NOT NEW.given ? id::text) END;
  IF NOT NEW.is_complete AND EXISTS (SELECT FROM judging_score
      WHERE assignment_id = NEW.assignment_id AND is_complete) THEN
    PERFORM refuse('score_stays_complete', TG_TABLE_NAME, 'points are missing');
  END IF;
  RETURN NEW;
END $$;

DROP FUNCTION judging_says_all(judging_round, judging_assignment, jsonb);
DROP FUNCTION judging_knows_ties(judging_round);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("judging", "0004_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
