from django.db import migrations

# Rounds, draws and results came shortly before, so no open round is there yet.
FORWARD = """
-- The database makes the seed, so that no process of the site ever knows it before.
CREATE FUNCTION round_commits_ties() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  listed bytea;
  secret bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  which bigint;
BEGIN
  -- Canonical JSON; public identifiers have no characters that it would escape.
  SELECT convert_to('[' || string_agg('"' || public_id || '"', ','
      ORDER BY public_id COLLATE "C") || E']\\n', 'UTF8') INTO listed
    FROM judging_candidate JOIN submissions_submission AS entry
    ON entry.id = submission_id WHERE round_id = NEW.id;
  INSERT INTO draws_draw (purpose, subject_table, subject_id, state, items, list_digest,
      commitment)
    SELECT 'ties ' || count(*) + 1, TG_TABLE_NAME, NEW.id, 'committed', listed,
      encode(sha256(listed), 'hex'), encode(sha256(secret), 'hex')
    FROM draws_draw WHERE subject_table = TG_TABLE_NAME AND subject_id = NEW.id
    RETURNING id INTO which;
  INSERT INTO draws_seed (draw_id, value) VALUES (which, secret);
  RETURN NULL;
END $$;

CREATE TRIGGER round_commits_ties AFTER UPDATE OF state ON judging_round
  FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'open')
  EXECUTE FUNCTION round_commits_ties();
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_commits_ties;

CREATE FUNCTION draw_before_scores() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock(7302, NEW.subject_id::int);
  IF NOT EXISTS (SELECT FROM judging_round
      WHERE id = NEW.subject_id AND state IN ('draft', 'open'))
     OR judging_has_scores(NEW.subject_id) THEN
    PERFORM refuse('draw_before_scores', TG_TABLE_NAME, 'there are scores');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER draw_before_scores BEFORE INSERT ON draws_draw
  FOR EACH ROW WHEN (NEW.subject_table = 'judging_round')
  EXECUTE FUNCTION draw_before_scores();
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_before_scores;

CREATE FUNCTION draw_after_close() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM judging_round
      WHERE id = NEW.subject_id AND state IN ('closed', 'published')) THEN
    PERFORM refuse('draw_after_close', TG_TABLE_NAME, 'the round is not closed');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER draw_after_close BEFORE UPDATE OF state ON draws_draw
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND OLD.subject_table = 'judging_round')
  EXECUTE FUNCTION draw_after_close();
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_after_close;

CREATE FUNCTION result_of_closed_round() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.subject_table <> 'judging_round' OR NOT EXISTS (SELECT FROM judging_round
      WHERE id = NEW.subject_id AND state IN ('closed', 'published')) THEN
    PERFORM refuse('result_of_closed_round', TG_TABLE_NAME, 'the round is not closed');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER result_of_closed_round BEFORE INSERT ON results_result
  FOR EACH ROW WHEN (NEW.kind = 'judging.round')
  EXECUTE FUNCTION result_of_closed_round();
ALTER TABLE results_result ENABLE ALWAYS TRIGGER result_of_closed_round;

CREATE FUNCTION round_published_with_result() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  -- A result is never removed, so it needs no lock.
  IF NOT EXISTS (SELECT FROM results_result WHERE kind = 'judging.round'
      AND subject_table = TG_TABLE_NAME AND subject_id = OLD.id) THEN
    PERFORM refuse('round_published_with_result', TG_TABLE_NAME, 'no result');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER round_published_with_result BEFORE UPDATE OF state ON judging_round
  FOR EACH ROW WHEN (OLD.state = 'closed' AND NEW.state = 'published')
  EXECUTE FUNCTION round_published_with_result();
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_published_with_result;

-- Fires after award_guard, whose lock holds off new rounds.
CREATE FUNCTION award_ranked() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM judging_round
      WHERE competition_id = NEW.competition_id AND state <> 'cancelled') THEN
    RETURN NEW;
  END IF;
  IF EXISTS (SELECT FROM judging_round AS this
      JOIN results_result AS result ON result.kind = 'judging.round'
        AND result.subject_table = 'judging_round' AND result.subject_id = this.id
      CROSS JOIN jsonb_array_elements(
        convert_from(result.ranking, 'UTF8')::jsonb -> 'ranking') AS place
      WHERE this.competition_id = NEW.competition_id AND this.state <> 'cancelled'
      AND place ->> 'entry' = (SELECT public_id FROM submissions_submission
        WHERE id = NEW.submission_id)
      AND NOT EXISTS (SELECT FROM results_result WHERE supersedes_id = result.id)) THEN
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT FROM approvals_approval
      WHERE kind = 'judging.award_unranked' AND state = 'confirmed'
      AND target_table = 'submissions_submission' AND target_id = NEW.submission_id
      AND parameters ->> 'prize' = NEW.prize_id::text) THEN
    PERFORM refuse('award_ranked', TG_TABLE_NAME, 'no result ranks the entry');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER award_ranked BEFORE INSERT ON submissions_award
  FOR EACH ROW EXECUTE FUNCTION award_ranked();
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_ranked;
"""

REVERSE = """
DROP TRIGGER award_ranked ON submissions_award;
DROP FUNCTION award_ranked();
DROP TRIGGER round_published_with_result ON judging_round;
DROP FUNCTION round_published_with_result();
DROP TRIGGER result_of_closed_round ON results_result;
DROP FUNCTION result_of_closed_round();
DROP TRIGGER draw_after_close ON draws_draw;
DROP FUNCTION draw_after_close();
DROP TRIGGER draw_before_scores ON draws_draw;
DROP FUNCTION draw_before_scores();
DROP TRIGGER round_commits_ties ON judging_round;
DROP FUNCTION round_commits_ties();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("judging", "0002_judging_guards"),
        ("results", "0002_result_guards"),
        ("draws", "0002_draw_guards"),
        ("approvals", "0002_approval_guards"),
        ("submissions", "0043_reservations_last"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
