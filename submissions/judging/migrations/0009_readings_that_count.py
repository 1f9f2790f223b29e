from django.db import migrations

# The owner of the function stays: it reads past row-level security.
FORWARD = """
GRANT SELECT ON judging_round TO mycenas_counting;

-- How many jurors read each entry, as the count of the method takes it: a ranking of one
-- entry, and a comparison with an entry that its juror does not judge, say nothing.
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
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION judging_readings(which bigint)
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

REVOKE SELECT ON judging_round FROM mycenas_counting;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("judging", "0008_by_jurors_and_organizers"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
