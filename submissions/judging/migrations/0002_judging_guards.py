from django.db import migrations

MACHINES = """
CREATE TRIGGER round_moves BEFORE UPDATE ON judging_round
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('closed', 'cancelled'),
    ('closed', 'published'),
    ('draft', 'open'),
    ('open', 'cancelled'),
    ('open', 'closed'),
    ('open', 'draft')
  )) EXECUTE FUNCTION refuse_state('round_moves');
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_moves;
COMMENT ON TRIGGER round_moves ON judging_round IS '6c02edb5ec321bbd';
CREATE TRIGGER round_starts BEFORE INSERT ON judging_round
  FOR EACH ROW WHEN (NEW.state <> 'draft')
  EXECUTE FUNCTION refuse_state('round_starts');
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_starts;
COMMENT ON TRIGGER round_starts ON judging_round IS '7094bccbde06b3cb';
CREATE TRIGGER assignment_moves BEFORE UPDATE ON judging_assignment
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('abstained', 'scored'),
    ('abstained', 'void'),
    ('assigned', 'abstained'),
    ('assigned', 'scored'),
    ('assigned', 'void'),
    ('scored', 'abstained'),
    ('scored', 'void')
  )) EXECUTE FUNCTION refuse_state('assignment_moves');
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_moves;
COMMENT ON TRIGGER assignment_moves ON judging_assignment IS 'd9b3ecb162acdf39';
CREATE TRIGGER assignment_starts BEFORE INSERT ON judging_assignment
  FOR EACH ROW WHEN (NEW.state <> 'assigned')
  EXECUTE FUNCTION refuse_state('assignment_starts');
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_starts;
COMMENT ON TRIGGER assignment_starts ON judging_assignment IS '69ec5ff0f29e04d7';
"""

WITHOUT_MACHINES = """
DROP TRIGGER assignment_moves ON judging_assignment;
DROP TRIGGER assignment_starts ON judging_assignment;
DROP TRIGGER round_moves ON judging_round;
DROP TRIGGER round_starts ON judging_round;
"""

GUARDS = """
-- What guards have to know of sealed scores: numbers, and no score. Their owner passes
-- by the policies; everybody else is under them.
CREATE FUNCTION judging_has_scores(which bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM judging_score JOIN judging_assignment AS pair
    ON pair.id = assignment_id WHERE pair.round_id = which);
END $$;

CREATE FUNCTION judging_readings(which bigint)
RETURNS TABLE (entry_id bigint, readings bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT entry.id, (SELECT count(*) FROM judging_assignment AS pair
      WHERE pair.round_id = which AND pair.submission_id = entry.id
      AND pair.state = 'scored' AND EXISTS (SELECT FROM judging_score
        WHERE assignment_id = pair.id AND is_complete))
    FROM judging_candidate AS one JOIN submissions_submission AS entry
    ON entry.id = one.submission_id
    WHERE one.round_id = which AND entry.state = 'approved';
END $$;

GRANT SELECT ON judging_score, judging_assignment, judging_candidate,
  submissions_submission TO mycenas_counting;
GRANT CREATE ON SCHEMA public TO mycenas_counting;
ALTER FUNCTION judging_has_scores(bigint) OWNER TO mycenas_counting;
ALTER FUNCTION judging_readings(bigint) OWNER TO mycenas_counting;
REVOKE CREATE ON SCHEMA public FROM mycenas_counting;

CREATE FUNCTION round_guard() RETURNS trigger
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

CREATE TRIGGER round_guard BEFORE INSERT OR UPDATE ON judging_round
  FOR EACH ROW EXECUTE FUNCTION round_guard();
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_guard;

-- Fires after round_guard, whose name comes first.
CREATE TRIGGER round_stamped BEFORE INSERT OR UPDATE ON judging_round
  FOR EACH ROW EXECUTE FUNCTION stamp('created_at', 'opened_at', 'closed_at',
    'published_at', 'cancelled_at');
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_stamped;

CREATE TRIGGER round_stays BEFORE DELETE ON judging_round
  FOR EACH ROW WHEN (OLD.state <> 'draft')
  EXECUTE FUNCTION refuse_state('round_stays');
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_stays;

CREATE FUNCTION round_holds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO competitions_hold (competition_id, name)
      VALUES (NEW.competition_id, 'judging.round/' || NEW.id);
  ELSIF TG_OP = 'DELETE' OR NEW.state IN ('published', 'cancelled') THEN
    DELETE FROM competitions_hold WHERE name = 'judging.round/' || OLD.id;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER round_holds AFTER INSERT OR UPDATE OF state OR DELETE ON judging_round
  FOR EACH ROW EXECUTE FUNCTION round_holds();
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_holds;

-- Parts of a round that change only while it is a draft; waits for its opening.
CREATE FUNCTION part_of_draft_round() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  which bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.round_id ELSE OLD.round_id END;
  phase text;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock_shared(7302, which::int);
  SELECT state INTO phase FROM judging_round WHERE id = which;
  IF phase <> 'draft' OR TG_OP = 'UPDATE'
     AND (NEW.id, NEW.round_id) IS DISTINCT FROM (OLD.id, OLD.round_id) THEN
    PERFORM refuse('round_settings_fixed', TG_TABLE_NAME, phase);
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER criterion_of_draft BEFORE INSERT OR UPDATE OR DELETE
  ON judging_criterion FOR EACH ROW EXECUTE FUNCTION part_of_draft_round();
ALTER TABLE judging_criterion ENABLE ALWAYS TRIGGER criterion_of_draft;

CREATE TRIGGER candidate_of_draft BEFORE INSERT OR UPDATE OR DELETE
  ON judging_candidate FOR EACH ROW EXECUTE FUNCTION part_of_draft_round();
ALTER TABLE judging_candidate ENABLE ALWAYS TRIGGER candidate_of_draft;

CREATE FUNCTION candidate_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM submissions_submission AS entry
      JOIN judging_round AS this ON this.id = NEW.round_id
      WHERE entry.id = NEW.submission_id AND entry.state = 'approved'
      AND entry.competition_id = this.competition_id
      AND (this.category_id IS NULL OR this.category_id = entry.category_id)) THEN
    PERFORM refuse('candidate_of_round', TG_TABLE_NAME, 'not an entry of the round');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER candidate_guard BEFORE INSERT OR UPDATE ON judging_candidate
  FOR EACH ROW EXECUTE FUNCTION candidate_guard();
ALTER TABLE judging_candidate ENABLE ALWAYS TRIGGER candidate_guard;

CREATE FUNCTION juror_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  this judging_round%ROWTYPE;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock_shared(7302,
    (CASE TG_OP WHEN 'INSERT' THEN NEW.round_id ELSE OLD.round_id END)::int);
  SELECT * INTO this FROM judging_round
    WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.round_id ELSE OLD.round_id END;
  IF this.state NOT IN ('draft', 'open') OR TG_OP = 'DELETE' AND this.state <> 'draft'
  THEN
    PERFORM refuse('juror_stays', TG_TABLE_NAME, this.state);
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.id, OLD.round_id, OLD.user_id, OLD.added_at)
      IS DISTINCT FROM (NEW.id, NEW.round_id, NEW.user_id, NEW.added_at)
     OR TG_OP = 'UPDATE' AND OLD.accepted_at IS NOT NULL
       AND NEW.accepted_at IS DISTINCT FROM OLD.accepted_at THEN
    PERFORM refuse('juror_facts_stay', TG_TABLE_NAME, 'facts stay');
  END IF;
  IF NEW.accepted_at IS NOT NULL
     AND (TG_OP = 'INSERT' OR OLD.accepted_at IS NULL)
     AND actor IS DISTINCT FROM NEW.user_id THEN
    PERFORM refuse('juror_accepts_alone', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM roles_competitionrole
      WHERE user_id = NEW.user_id AND competition_id = this.competition_id
      AND role = 'juror')
     AND NOT EXISTS (SELECT FROM accounts_membership AS member
      JOIN competitions_competition AS contest
      ON contest.organization_id = member.organization_id
      WHERE member.user_id = NEW.user_id AND member.role = 'juror'
      AND contest.id = this.competition_id) THEN
    PERFORM refuse('juror_has_role', TG_TABLE_NAME, format('%s', NEW.user_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER juror_guard BEFORE INSERT OR UPDATE OR DELETE ON judging_juror
  FOR EACH ROW EXECUTE FUNCTION juror_guard();
ALTER TABLE judging_juror ENABLE ALWAYS TRIGGER juror_guard;

CREATE TRIGGER juror_stamped BEFORE INSERT OR UPDATE ON judging_juror
  FOR EACH ROW EXECUTE FUNCTION stamp('added_at', 'accepted_at', 'absent_since');
ALTER TABLE judging_juror ENABLE ALWAYS TRIGGER juror_stamped;

CREATE FUNCTION conflict_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  which bigint;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  IF actor IS DISTINCT FROM NEW.declared_by_id THEN
    PERFORM refuse('conflict_by_its_person', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF NEW.declared_by_id <> NEW.user_id
     AND NOT EXISTS (SELECT FROM accounts_user WHERE id = actor AND is_superuser)
     AND NOT EXISTS (SELECT FROM roles_competitionrole AS given
       JOIN submissions_submission AS entry USING (competition_id)
       WHERE entry.id = NEW.submission_id AND given.user_id = actor
       AND given.role = 'organizer')
     AND NOT EXISTS (SELECT FROM accounts_membership AS member
       JOIN competitions_competition AS contest USING (organization_id)
       JOIN submissions_submission AS entry ON entry.competition_id = contest.id
       WHERE entry.id = NEW.submission_id AND member.user_id = actor
       AND member.role = 'organizer') THEN
    PERFORM refuse('conflict_by_juror_or_organizer', TG_TABLE_NAME, 'another person');
  END IF;
  FOR which IN SELECT DISTINCT one.round_id FROM judging_assignment AS one
      JOIN judging_juror AS juror ON juror.id = one.juror_id
      WHERE juror.user_id = NEW.user_id AND one.submission_id = NEW.submission_id
      ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock_shared(7302, which::int);
  END LOOP;
  -- One assigned meanwhile waits for this row, or this row for that one.
  PERFORM pg_advisory_xact_lock(hashtextextended(
    format('%s/%s', NEW.user_id, NEW.submission_id), 7302));
  RETURN NEW;
END $$;

CREATE TRIGGER conflict_guard BEFORE INSERT ON judging_conflict
  FOR EACH ROW EXECUTE FUNCTION conflict_guard();
ALTER TABLE judging_conflict ENABLE ALWAYS TRIGGER conflict_guard;

CREATE FUNCTION conflict_voids() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE judging_assignment AS one SET state = 'void', reason = 'conflict',
      moved_at = clock_timestamp()
    FROM judging_juror AS juror, judging_round AS this
    WHERE juror.id = one.juror_id AND this.id = one.round_id
    AND this.state IN ('draft', 'open') AND one.state <> 'void'
    AND juror.user_id = NEW.user_id AND one.submission_id = NEW.submission_id;
  RETURN NULL;
END $$;

CREATE TRIGGER conflict_voids AFTER INSERT ON judging_conflict
  FOR EACH ROW EXECUTE FUNCTION conflict_voids();
ALTER TABLE judging_conflict ENABLE ALWAYS TRIGGER conflict_voids;

CREATE TRIGGER conflict_stamped BEFORE INSERT ON judging_conflict
  FOR EACH ROW EXECUTE FUNCTION stamp('declared_at');
ALTER TABLE judging_conflict ENABLE ALWAYS TRIGGER conflict_stamped;

CREATE TRIGGER conflict_stays BEFORE UPDATE OR DELETE ON judging_conflict
  FOR EACH ROW EXECUTE FUNCTION refuse_row('conflict_stays');
ALTER TABLE judging_conflict ENABLE ALWAYS TRIGGER conflict_stays;

CREATE FUNCTION assignment_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  which bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.round_id ELSE OLD.round_id END;
  this judging_round%ROWTYPE;
  person bigint;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock_shared(7302, which::int);
  SELECT * INTO this FROM judging_round WHERE id = which;
  IF this.state NOT IN ('draft', 'open')
     OR TG_OP = 'DELETE' AND OLD.last_version > 0 THEN
    PERFORM refuse('assignment_stays', TG_TABLE_NAME, this.state);
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  SELECT user_id INTO person FROM judging_juror WHERE id = NEW.juror_id
    AND round_id = NEW.round_id;
  IF TG_OP = 'UPDATE' THEN
    IF (OLD.id, OLD.round_id, OLD.juror_id, OLD.submission_id, OLD.position,
        OLD.assigned_at) IS DISTINCT FROM (NEW.id, NEW.round_id, NEW.juror_id,
        NEW.submission_id, NEW.position, NEW.assigned_at) THEN
      PERFORM refuse('assignment_stays', TG_TABLE_NAME, 'it stays');
    END IF;
    IF NEW.state IN ('scored', 'abstained') AND NEW.state <> OLD.state
       AND actor IS DISTINCT FROM person THEN
      PERFORM refuse('assignment_by_its_juror', TG_TABLE_NAME, format('by %s', actor));
    END IF;
    IF NEW.state = OLD.state AND NEW.reason <> OLD.reason THEN
      PERFORM refuse('assignment_stays', TG_TABLE_NAME, 'the reason stays');
    END IF;
    IF NEW.state = 'void' AND OLD.state <> 'void'
       AND NOT EXISTS (SELECT FROM judging_conflict
         WHERE user_id = person AND submission_id = NEW.submission_id)
       AND NOT (OLD.state = 'assigned' AND EXISTS (SELECT FROM judging_juror
         WHERE id = NEW.juror_id AND absent_since IS NOT NULL)) THEN
      PERFORM refuse('assignment_void_by_conflict', TG_TABLE_NAME, 'no conflict');
    END IF;
    IF NEW.last_version <> OLD.last_version AND NEW.last_version IS DISTINCT FROM (
        SELECT max(version) FROM judging_score WHERE assignment_id = OLD.id)
       OR NEW.state = 'scored' AND OLD.state <> 'scored' AND NOT EXISTS (
        SELECT FROM judging_score WHERE assignment_id = OLD.id AND is_complete) THEN
      PERFORM refuse('assignment_scored_by_score', TG_TABLE_NAME, 'no such score');
    END IF;
    RETURN NEW;
  END IF;
  IF person IS NULL OR NOT EXISTS (SELECT FROM judging_candidate
      WHERE round_id = NEW.round_id AND submission_id = NEW.submission_id) THEN
    PERFORM refuse('assignment_within_round', TG_TABLE_NAME, 'another round');
  END IF;
  IF NEW.last_version <> 0 THEN
    PERFORM refuse('assignment_scored_by_score', TG_TABLE_NAME, 'no score yet');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(
    format('%s/%s', person, NEW.submission_id), 7302));
  IF EXISTS (SELECT FROM submissions_submission
      WHERE id = NEW.submission_id AND participant_id = person) THEN
    PERFORM refuse('assignment_of_own_work', TG_TABLE_NAME, 'own work');
  END IF;
  IF EXISTS (SELECT FROM judging_conflict
      WHERE user_id = person AND submission_id = NEW.submission_id) THEN
    PERFORM refuse('assignment_without_conflict', TG_TABLE_NAME, 'a conflict');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER assignment_guard BEFORE INSERT OR UPDATE OR DELETE
  ON judging_assignment FOR EACH ROW EXECUTE FUNCTION assignment_guard();
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_guard;

CREATE TRIGGER assignment_stamped BEFORE INSERT OR UPDATE ON judging_assignment
  FOR EACH ROW EXECUTE FUNCTION stamp('assigned_at', 'moved_at');
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_stamped;

-- Whether the points are on the scales of the round's criteria, and are all there.
CREATE FUNCTION score_guard() RETURNS trigger
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

CREATE TRIGGER score_guard BEFORE INSERT ON judging_score
  FOR EACH ROW EXECUTE FUNCTION score_guard();
ALTER TABLE judging_score ENABLE ALWAYS TRIGGER score_guard;

CREATE FUNCTION score_marks() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE judging_assignment SET last_version = NEW.version,
      state = CASE WHEN NEW.is_complete THEN 'scored' ELSE state END,
      moved_at = CASE WHEN NEW.is_complete THEN clock_timestamp() ELSE moved_at END
    WHERE id = NEW.assignment_id;
  RETURN NULL;
END $$;

CREATE TRIGGER score_marks AFTER INSERT ON judging_score
  FOR EACH ROW EXECUTE FUNCTION score_marks();
ALTER TABLE judging_score ENABLE ALWAYS TRIGGER score_marks;

CREATE FUNCTION remark_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  pair judging_assignment%ROWTYPE;
  this judging_round%ROWTYPE;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  SELECT * INTO pair FROM judging_assignment WHERE id = NEW.assignment_id;
  PERFORM pg_advisory_xact_lock_shared(7302, pair.round_id::int);
  SELECT * INTO this FROM judging_round WHERE id = pair.round_id;
  NEW.written_at := clock_timestamp();
  IF actor IS DISTINCT FROM (SELECT user_id FROM judging_juror WHERE id = pair.juror_id)
  THEN
    PERFORM refuse('score_by_its_juror', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF this.state IS DISTINCT FROM 'open' OR NEW.written_at > this.closes_at THEN
    PERFORM refuse('score_while_open', TG_TABLE_NAME, this.state);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER remark_guard BEFORE INSERT ON judging_remark
  FOR EACH ROW EXECUTE FUNCTION remark_guard();
ALTER TABLE judging_remark ENABLE ALWAYS TRIGGER remark_guard;

CREATE TRIGGER remark_stays BEFORE UPDATE OR DELETE ON judging_remark
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_row('remark_stays');
ALTER TABLE judging_remark ENABLE ALWAYS TRIGGER remark_stays;

-- Row-level security would hide the rows of others from a trigger for each row.
CREATE TRIGGER score_stays BEFORE UPDATE OR DELETE ON judging_score
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_row('score_stays');
ALTER TABLE judging_score ENABLE ALWAYS TRIGGER score_stays;

CREATE POLICY score_seen ON judging_score FOR SELECT USING (EXISTS (
  SELECT FROM judging_assignment AS pair
  JOIN judging_round AS this ON this.id = pair.round_id
  JOIN judging_juror AS juror ON juror.id = pair.juror_id
  WHERE pair.id = assignment_id AND (this.state = 'closed' OR this.state = 'published'
    OR juror.user_id = nullif(current_setting('mycenas.actor', true), '')::bigint)));
CREATE POLICY score_given ON judging_score FOR INSERT WITH CHECK (EXISTS (
  SELECT FROM judging_assignment AS pair
  JOIN judging_juror AS juror ON juror.id = pair.juror_id
  WHERE pair.id = assignment_id
  AND juror.user_id = nullif(current_setting('mycenas.actor', true), '')::bigint));
ALTER TABLE judging_score ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY remark_seen ON judging_remark FOR SELECT USING (EXISTS (
  SELECT FROM judging_assignment AS pair
  JOIN judging_round AS this ON this.id = pair.round_id
  JOIN judging_juror AS juror ON juror.id = pair.juror_id
  WHERE pair.id = assignment_id AND (
    kind = 'feedback' AND this.state = 'published'
    OR juror.user_id = nullif(current_setting('mycenas.actor', true), '')::bigint)));
CREATE POLICY remark_written ON judging_remark FOR INSERT WITH CHECK (EXISTS (
  SELECT FROM judging_assignment AS pair
  JOIN judging_juror AS juror ON juror.id = pair.juror_id
  WHERE pair.id = assignment_id
  AND juror.user_id = nullif(current_setting('mycenas.actor', true), '')::bigint));
ALTER TABLE judging_remark ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE TRIGGER round_audit
  AFTER INSERT OR UPDATE OR DELETE ON judging_round
  FOR EACH ROW EXECUTE FUNCTION audit('seed', 'rules');
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_audit;

CREATE TRIGGER criterion_audit
  AFTER INSERT OR UPDATE OR DELETE ON judging_criterion
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE judging_criterion ENABLE ALWAYS TRIGGER criterion_audit;

CREATE TRIGGER juror_audit
  AFTER INSERT OR UPDATE OR DELETE ON judging_juror
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE judging_juror ENABLE ALWAYS TRIGGER juror_audit;

CREATE TRIGGER candidate_audit
  AFTER INSERT OR UPDATE OR DELETE ON judging_candidate
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE judging_candidate ENABLE ALWAYS TRIGGER candidate_audit;

CREATE TRIGGER conflict_audit
  AFTER INSERT OR UPDATE OR DELETE ON judging_conflict
  FOR EACH ROW EXECUTE FUNCTION audit('reason,kind', '');
ALTER TABLE judging_conflict ENABLE ALWAYS TRIGGER conflict_audit;

CREATE TRIGGER assignment_audit
  AFTER INSERT OR UPDATE OR DELETE ON judging_assignment
  FOR EACH ROW EXECUTE FUNCTION audit('reason', '');
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_audit;
"""

WITHOUT_GUARDS = """
ALTER TABLE judging_remark NO FORCE ROW LEVEL SECURITY,
  DISABLE ROW LEVEL SECURITY;
DROP POLICY remark_written ON judging_remark;
DROP POLICY remark_seen ON judging_remark;
ALTER TABLE judging_score NO FORCE ROW LEVEL SECURITY,
  DISABLE ROW LEVEL SECURITY;
DROP POLICY score_given ON judging_score;
DROP POLICY score_seen ON judging_score;
DROP TRIGGER assignment_audit ON judging_assignment;
DROP TRIGGER conflict_audit ON judging_conflict;
DROP TRIGGER candidate_audit ON judging_candidate;
DROP TRIGGER juror_audit ON judging_juror;
DROP TRIGGER criterion_audit ON judging_criterion;
DROP TRIGGER round_audit ON judging_round;
DROP TRIGGER score_stays ON judging_score;
DROP TRIGGER remark_stays ON judging_remark;
DROP TRIGGER remark_guard ON judging_remark;
DROP TRIGGER score_marks ON judging_score;
DROP TRIGGER score_guard ON judging_score;
DROP TRIGGER assignment_stamped ON judging_assignment;
DROP TRIGGER assignment_guard ON judging_assignment;
DROP TRIGGER conflict_stays ON judging_conflict;
DROP TRIGGER conflict_stamped ON judging_conflict;
DROP TRIGGER conflict_voids ON judging_conflict;
DROP TRIGGER conflict_guard ON judging_conflict;
DROP TRIGGER juror_stamped ON judging_juror;
DROP TRIGGER juror_guard ON judging_juror;
DROP TRIGGER candidate_guard ON judging_candidate;
DROP TRIGGER candidate_of_draft ON judging_candidate;
DROP TRIGGER criterion_of_draft ON judging_criterion;
DROP TRIGGER round_holds ON judging_round;
DROP TRIGGER round_stays ON judging_round;
DROP TRIGGER round_stamped ON judging_round;
DROP TRIGGER round_guard ON judging_round;
DROP FUNCTION remark_guard();
DROP FUNCTION score_marks();
DROP FUNCTION score_guard();
DROP FUNCTION assignment_guard();
DROP FUNCTION conflict_voids();
DROP FUNCTION conflict_guard();
DROP FUNCTION juror_guard();
DROP FUNCTION candidate_guard();
DROP FUNCTION part_of_draft_round();
DROP FUNCTION round_holds();
DROP FUNCTION round_guard();
DROP FUNCTION judging_readings(bigint);
DROP FUNCTION judging_has_scores(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("judging", "0001_initial"),
        ("holds", "0002_hold_guards"),
        ("approvals", "0002_approval_guards"),
        ("roles", "0002_role_guards"),
        ("submissions", "0043_reservations_last"),
        ("competitions", "0017_stamps_and_keys"),
        ("core", "0012_stamps_of_long_statements"),
    ]

    operations = [
        migrations.RunSQL(MACHINES, WITHOUT_MACHINES),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
