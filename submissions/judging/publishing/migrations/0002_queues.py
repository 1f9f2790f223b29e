from django.db import migrations

FORWARD = """
-- Two draws of the same list, each with a seed of its own.
CREATE FUNCTION round_commits_draws() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  listed bytea;
  secret bytea;
  which bigint;
  kind text;
BEGIN
  -- Canonical JSON; public identifiers have no characters that it would escape.
  SELECT convert_to('[' || string_agg('"' || public_id || '"', ','
      ORDER BY public_id COLLATE "C") || E']\\n', 'UTF8') INTO listed
    FROM judging_candidate JOIN submissions_submission AS entry
    ON entry.id = submission_id WHERE round_id = NEW.id;
  FOREACH kind IN ARRAY ARRAY['ties', 'queues'] LOOP
    secret := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
    INSERT INTO draws_draw (purpose, subject_table, subject_id, state, items,
        list_digest, commitment, committed_at)
      SELECT format('%s %s', kind, count(*) + 1), TG_TABLE_NAME, NEW.id, 'committed',
        listed, encode(sha256(listed), 'hex'), encode(sha256(secret), 'hex'),
        clock_timestamp() -- behind the opening, which has its own moment already
      FROM draws_draw WHERE subject_table = TG_TABLE_NAME AND subject_id = NEW.id
        AND purpose LIKE kind || ' %'
      RETURNING id INTO which;
    INSERT INTO draws_seed (draw_id, value) VALUES (which, secret);
  END LOOP;
  RETURN NULL;
END $$;

DROP TRIGGER round_commits_ties ON judging_round;
DROP FUNCTION round_commits_ties();
CREATE TRIGGER round_commits_draws AFTER UPDATE OF state ON judging_round
  FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'open')
  EXECUTE FUNCTION round_commits_draws();
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_commits_draws;

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

-- Runs as the owner, because the site's role may not read seeds. It gives the order of
-- a juror who is there, and of no other: the tag of one who is not there is unknown.
CREATE FUNCTION judging_queue(which bigint)
RETURNS TABLE (entry_id bigint, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  juror judging_juror%ROWTYPE;
  queues draws_draw%ROWTYPE;
  listed text[];
BEGIN
  SELECT * INTO juror FROM judging_juror WHERE id = which;
  SELECT * INTO queues FROM draws_draw
    WHERE subject_table = 'judging_round' AND subject_id = juror.round_id
    AND purpose LIKE 'queues %' ORDER BY id DESC LIMIT 1;
  IF queues.id IS NULL THEN
    -- A round that was opened before such draws: what it gets now comes last.
    RETURN QUERY SELECT one.submission_id, (coalesce((SELECT max(position)
          FROM judging_assignment WHERE juror_id = which), 0)
        + row_number() OVER (ORDER BY one.submission_id))::int
      FROM judging_candidate AS one WHERE one.round_id = juror.round_id
      AND NOT EXISTS (SELECT FROM judging_assignment AS pair
        WHERE pair.juror_id = which AND pair.submission_id = one.submission_id);
    RETURN;
  END IF;
  SELECT array_agg(item ORDER BY item COLLATE "C") INTO listed
    FROM jsonb_array_elements_text(convert_from(queues.items, 'UTF8')::jsonb) AS item;
  RETURN QUERY SELECT entry.id, drawn.number::int
    FROM unnest(draws_drawn((SELECT value FROM draws_seed WHERE draw_id = queues.id),
      listed, queues.purpose || E'\\n' || juror.tag, queues.list_digest))
      WITH ORDINALITY AS drawn (name, number)
    JOIN submissions_submission AS entry ON entry.public_id = drawn.name;
END $$;

CREATE FUNCTION assignment_in_order() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT juror_id FROM made) AS seat
      CROSS JOIN LATERAL judging_queue(seat.juror_id) AS drawn
      JOIN made ON made.juror_id = seat.juror_id AND made.submission_id = drawn.entry_id
      WHERE made.position <> drawn.place) THEN
    PERFORM refuse('assignment_in_order', TG_TABLE_NAME, 'another order was drawn');
  END IF;
  RETURN NULL;
END $$;

-- For a whole statement: each juror's order is drawn once.
CREATE TRIGGER assignment_in_order AFTER INSERT ON judging_assignment
  REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION assignment_in_order();
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_in_order;

CREATE FUNCTION round_opens_unassigned() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM judging_assignment WHERE round_id = NEW.id) THEN
    PERFORM refuse('round_opens_unassigned', TG_TABLE_NAME, 'assigned before');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER round_opens_unassigned BEFORE UPDATE OF state ON judging_round
  FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'open')
  EXECUTE FUNCTION round_opens_unassigned();
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_opens_unassigned;
"""

REVERSE = """
DROP TRIGGER round_opens_unassigned ON judging_round;
DROP FUNCTION round_opens_unassigned();
DROP TRIGGER assignment_in_order ON judging_assignment;
DROP FUNCTION assignment_in_order();
DROP FUNCTION judging_queue(bigint);

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
  RETURN NEW;
END $$;

DROP TRIGGER round_commits_draws ON judging_round;
DROP FUNCTION round_commits_draws();

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
"""


class Migration(migrations.Migration):
    dependencies = [
        ("publishing", "0001_publishing_guards"),
        ("judging", "0003_juror_tag"),
        ("draws", "0003_drawn_by_the_database"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
