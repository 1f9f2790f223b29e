from django.db import migrations

# Entries that left the competition give their places back. A ranking without any place
# says nothing, and is not counted as a reading.
FORWARD = """
CREATE OR REPLACE FUNCTION judging_readings(which bigint)
RETURNS TABLE (entry_id bigint, readings bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  how text := (SELECT method FROM judging_round WHERE id = which);
BEGIN
  RETURN QUERY WITH held AS (
    SELECT pair.id, pair.juror_id, pair.submission_id, pair.state, said.given
    FROM judging_assignment AS pair
    JOIN submissions_submission AS work ON work.id = pair.submission_id
    LEFT JOIN judging_score AS said ON said.assignment_id = pair.id
      AND said.version = pair.last_version AND said.is_complete
      AND pair.state = 'scored'
    WHERE pair.round_id = which AND work.state = 'approved'
    AND pair.state IN ('assigned', 'scored')),
  compared AS (
    SELECT one.juror_id, unnest(ARRAY[one.submission_id, other.submission_id]) AS work_id
    FROM held AS one JOIN held AS other ON other.juror_id = one.juror_id
      AND other.submission_id::text = one.given ->> 'other'
    WHERE how = 'bradley_terry'),
  counted AS (
    SELECT compared.juror_id, compared.work_id FROM compared
    UNION SELECT one.juror_id, one.submission_id FROM held AS one
    WHERE how <> 'bradley_terry' AND one.given IS NOT NULL
    AND (how NOT IN ('borda', 'stv') OR EXISTS (SELECT FROM held AS another
      WHERE another.juror_id = one.juror_id AND another.given ->> 'place' <> 'last'))
    AND (how <> 'borda' OR EXISTS (SELECT FROM held AS another
      WHERE another.juror_id = one.juror_id AND another.id <> one.id
      AND another.given IS NOT NULL)))
  SELECT entry.id, count(counted.juror_id)
    FROM judging_candidate AS one
    JOIN submissions_submission AS entry ON entry.id = one.submission_id
    LEFT JOIN counted ON counted.work_id = entry.id
    WHERE one.round_id = which AND entry.state = 'approved'
    GROUP BY entry.id;
END $$;

CREATE OR REPLACE FUNCTION score_places_differ() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  seat bigint;
BEGIN
  FOR seat IN SELECT DISTINCT pair.juror_id FROM made
      JOIN judging_assignment AS pair ON pair.id = made.assignment_id
      WHERE made.given ? 'place' ORDER BY pair.juror_id LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('places/' || seat, 7302));
    IF EXISTS (SELECT FROM judging_assignment AS pair JOIN judging_score AS one
        ON one.assignment_id = pair.id AND one.version = pair.last_version
        JOIN submissions_submission AS work ON work.id = pair.submission_id
        WHERE work.state = 'approved' AND pair.juror_id = seat AND pair.state = 'scored'
        AND one.given ->> 'place' <> 'last'
        GROUP BY one.given ->> 'place' HAVING count(*) > 1) THEN
      PERFORM refuse('score_places_differ', TG_TABLE_NAME, 'one place twice');
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION judging_readings(which bigint)
RETURNS TABLE (entry_id bigint, readings bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  how text := (SELECT method FROM judging_round WHERE id = which);
BEGIN
  RETURN QUERY WITH held AS (
    SELECT pair.id, pair.juror_id, pair.submission_id, pair.state, said.given
    FROM judging_assignment AS pair
    JOIN submissions_submission AS work ON work.id = pair.submission_id
    LEFT JOIN judging_score AS said ON said.assignment_id = pair.id
      AND said.version = pair.last_version AND said.is_complete
      AND pair.state = 'scored'
    WHERE pair.round_id = which AND work.state = 'approved'
    AND pair.state IN ('assigned', 'scored')),
  compared AS (
    SELECT one.juror_id, unnest(ARRAY[one.submission_id, other.submission_id]) AS work_id
    FROM held AS one JOIN held AS other ON other.juror_id = one.juror_id
      AND other.submission_id::text = one.given ->> 'other'
    WHERE how = 'bradley_terry'),
  counted AS (
    SELECT compared.juror_id, compared.work_id FROM compared
    UNION SELECT one.juror_id, one.submission_id FROM held AS one
    WHERE how <> 'bradley_terry' AND one.given IS NOT NULL
    AND (how <> 'borda' OR EXISTS (SELECT FROM held AS another
      WHERE another.juror_id = one.juror_id AND another.id <> one.id
      AND another.given IS NOT NULL)))
  SELECT entry.id, count(counted.juror_id)
    FROM judging_candidate AS one
    JOIN submissions_submission AS entry ON entry.id = one.submission_id
    LEFT JOIN counted ON counted.work_id = entry.id
    WHERE one.round_id = which AND entry.state = 'approved'
    GROUP BY entry.id;
END $$;

CREATE OR REPLACE FUNCTION score_places_differ() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  seat bigint;
BEGIN
  FOR seat IN SELECT DISTINCT pair.juror_id FROM made
      JOIN judging_assignment AS pair ON pair.id = made.assignment_id
      WHERE made.given ? 'place' ORDER BY pair.juror_id LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('places/' || seat, 7302));
    IF EXISTS (SELECT FROM judging_assignment AS pair JOIN judging_score AS one
        ON one.assignment_id = pair.id AND one.version = pair.last_version
        WHERE pair.juror_id = seat AND pair.state = 'scored'
        AND one.given ->> 'place' <> 'last'
        GROUP BY one.given ->> 'place' HAVING count(*) > 1) THEN
      PERFORM refuse('score_places_differ', TG_TABLE_NAME, 'one place twice');
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("judging", "0009_readings_that_count"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
