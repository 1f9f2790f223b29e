from django.db import migrations

# These judge what is written from now on: rows that are there stay as they are.
FORWARD = """
-- The competition that a proposal of judging is about; NULL if it is about nothing.
CREATE FUNCTION judging_competition(kind text, place text, target bigint)
RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('judging.close_below_quorum', 'judging.cancel_round')
        AND place = 'judging_round'
      THEN (SELECT competition_id FROM judging_round WHERE id = target)
    WHEN kind = 'judging.round.supersede' AND place = 'results_result'
      THEN (SELECT this.competition_id FROM results_result AS result
        JOIN judging_round AS this ON this.id = result.subject_id
        WHERE result.id = target AND result.kind = 'judging.round'
        AND result.subject_table = 'judging_round')
    WHEN kind = 'judging.award_unranked' AND place = 'submissions_submission'
      THEN (SELECT competition_id FROM submissions_submission WHERE id = target)
  END
$$;

CREATE FUNCTION judging_approval_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  contest bigint := judging_competition(NEW.kind, NEW.target_table, NEW.target_id);
  person bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.proposed_by_id
    ELSE NEW.decided_by_id END;
BEGIN
  IF contest IS NULL OR person IS NULL OR NOT holds_role(person, contest, 'organizer')
  THEN
    PERFORM refuse('judging_approval_by_organizer', TG_TABLE_NAME,
      format('by %s', person));
  END IF;
  IF NEW.state = 'confirmed'
     AND NOT holds_role(NEW.proposed_by_id, contest, 'organizer') THEN
    PERFORM refuse('judging_approval_without_proposer', TG_TABLE_NAME,
      format('proposed by %s', NEW.proposed_by_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER judging_proposed_by_organizer BEFORE INSERT ON approvals_approval
  FOR EACH ROW WHEN (NEW.kind LIKE 'judging.%')
  EXECUTE FUNCTION judging_approval_by_organizer();
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER judging_proposed_by_organizer;

CREATE TRIGGER judging_decided_by_organizer BEFORE UPDATE ON approvals_approval
  FOR EACH ROW WHEN (NEW.kind LIKE 'judging.%'
    AND OLD.state <> NEW.state AND NEW.state IN ('confirmed', 'declined'))
  EXECUTE FUNCTION judging_approval_by_organizer();
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER judging_decided_by_organizer;

-- Entries that a document names in a list, sorted; NULL for none.
CREATE FUNCTION judging_named(VARIADIC lists jsonb[]) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT array_agg(name ORDER BY name COLLATE "C") FROM (
    SELECT coalesce(part ->> 'entry', part #>> '{}') AS name
    FROM unnest(lists) AS list CROSS JOIN LATERAL jsonb_array_elements(
      CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) AS part) AS found
$$;

DROP TRIGGER result_of_closed_round ON results_result;
CREATE OR REPLACE FUNCTION result_of_closed_round() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  this judging_round%ROWTYPE;
  counted jsonb := convert_from(NEW.inputs, 'UTF8')::jsonb;
  ranked jsonb := convert_from(NEW.ranking, 'UTF8')::jsonb;
  entries text[];
BEGIN
  SELECT * INTO this FROM judging_round WHERE id = NEW.subject_id;
  IF (NEW.kind, NEW.subject_table) <> ('judging.round', 'judging_round')
     OR coalesce(this.state, '') NOT IN ('closed', 'published') THEN
    PERFORM refuse('result_of_closed_round', TG_TABLE_NAME, 'the round is not closed');
  END IF;
  SELECT array_agg(entry.public_id ORDER BY entry.public_id COLLATE "C") INTO entries
    FROM judging_candidate AS one JOIN submissions_submission AS entry
    ON entry.id = one.submission_id
    WHERE one.round_id = this.id AND entry.state = 'approved';
  IF NEW.method <> this.method
     OR judging_named(counted -> 'entries') IS DISTINCT FROM entries
     OR judging_named(ranked -> 'ranking', ranked -> 'unranked')
       IS DISTINCT FROM entries THEN
    PERFORM refuse('result_of_its_entries', TG_TABLE_NAME, 'of other entries');
  END IF;
  IF NEW.supersedes_id IS NULL THEN
    RETURN NEW;
  END IF;
  -- Holds off the announcement, which would not see this result.
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock_shared(7301, this.competition_id::int);
  IF EXISTS (SELECT FROM competitions_competition
      WHERE id = this.competition_id AND state = 'winner_announced') THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  RETURN NEW;
END $$;

-- Fires after result_as_in_documents, which refuses what is no JSON.
CREATE TRIGGER result_of_closed_round BEFORE INSERT ON results_result
  FOR EACH ROW WHEN (NEW.kind LIKE 'judging.%' OR NEW.subject_table = 'judging_round')
  EXECUTE FUNCTION result_of_closed_round();
ALTER TABLE results_result ENABLE ALWAYS TRIGGER result_of_closed_round;

CREATE OR REPLACE FUNCTION draw_before_scores() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock(7302, NEW.subject_id::int);
  -- Another one belongs to no opening: the seal would wait for a seed that is not there.
  IF NOT EXISTS (SELECT FROM judging_round
      WHERE id = NEW.subject_id AND state = 'open')
     OR NEW.purpose !~ '^(ties|queues) [1-9][0-9]*$' THEN
    PERFORM refuse('draw_of_opening', TG_TABLE_NAME, NEW.purpose);
  END IF;
  IF judging_has_scores(NEW.subject_id) THEN
    PERFORM refuse('draw_before_scores', TG_TABLE_NAME, 'there are scores');
  END IF;
  -- One with a seed that a person knows would take the place of the committed one.
  IF EXISTS (SELECT FROM judging_round AS this JOIN draws_draw AS one
      ON one.subject_table = NEW.subject_table AND one.subject_id = this.id
      WHERE this.id = NEW.subject_id AND this.state = 'open'
      AND one.committed_at >= this.opened_at
      AND split_part(one.purpose, ' ', 1) = split_part(NEW.purpose, ' ', 1)) THEN
    PERFORM refuse('draw_once_per_opening', TG_TABLE_NAME, 'committed before');
  END IF;
  RETURN NEW;
END $$;
"""

REVERSE = """
CREATE OR REPLACE FUNCTION draw_before_scores() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock(7302, NEW.subject_id::int);
  IF NOT EXISTS (SELECT FROM judging_round
      WHERE id = NEW.subject_id AND state IN ('draft', 'open'))
     OR judging_has_scores(NEW.subject_id) THEN
    PERFORM refuse('draw_before_scores', TG_TABLE_NAME, 'there are scores');
  END IF;
  -- One with a seed that a person knows would take the place of the committed one.
  IF EXISTS (SELECT FROM judging_round AS this JOIN draws_draw AS one
      ON one.subject_table = NEW.subject_table AND one.subject_id = this.id
      WHERE this.id = NEW.subject_id AND this.state = 'open'
      AND one.committed_at >= this.opened_at
      AND split_part(one.purpose, ' ', 1) = split_part(NEW.purpose, ' ', 1)) THEN
    PERFORM refuse('draw_once_per_opening', TG_TABLE_NAME, 'committed before');
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER result_of_closed_round ON results_result;
CREATE OR REPLACE FUNCTION result_of_closed_round() RETURNS trigger
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
DROP FUNCTION judging_named(VARIADIC jsonb[]);

DROP TRIGGER judging_decided_by_organizer ON approvals_approval;
DROP TRIGGER judging_proposed_by_organizer ON approvals_approval;
DROP FUNCTION judging_approval_by_organizer();
DROP FUNCTION judging_competition(text, text, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("publishing", "0002_queues"),
        ("judging", "0006_remarks_have_versions"),
        ("roles", "0004_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
