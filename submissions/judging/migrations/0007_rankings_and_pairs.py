from django.db import migrations, models

FORWARD = """
-- The place of an entry in the ranking of its juror: a number, or "last" among all
-- that have none. A draft of a place is kept, and does not count.
CREATE FUNCTION judging_is_placed(given jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  part text;
  place text;
BEGIN
  FOR part, place IN SELECT key, value FROM jsonb_each_text(given) LOOP
    IF part NOT IN ('place', 'draft')
       OR coalesce(place, '') !~ '^([1-9][0-9]{0,3}|last)$' THEN
      PERFORM refuse('score_on_scale', 'judging_score', 'not a place');
    END IF;
  END LOOP;
  IF given ?& ARRAY['place', 'draft'] THEN
    PERFORM refuse('score_on_scale', 'judging_score', 'two places');
  END IF;
  RETURN given ? 'place';
END $$;

-- Whether an entry is better than another one of its juror.
CREATE FUNCTION judging_is_compared(pair judging_assignment, given jsonb)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF given = '{}' THEN
    RETURN false;
  END IF;
  IF (SELECT array_agg(key ORDER BY key) FROM jsonb_object_keys(given) AS key)
       IS DISTINCT FROM ARRAY['better', 'other']
     OR coalesce(given ->> 'better', '') NOT IN ('this', 'other', 'equal')
     OR NOT EXISTS (SELECT FROM judging_assignment AS one
       WHERE one.juror_id = pair.juror_id AND one.id <> pair.id
       AND one.state IN ('assigned', 'scored')
       AND one.submission_id::text = given ->> 'other') THEN
    PERFORM refuse('score_on_scale', 'judging_score', 'no comparison');
  END IF;
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION judging_knows_ties(this judging_round) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF jsonb_typeof(this.tie_break) <> 'array' THEN
    RETURN false;
  END IF;
  RETURN (SELECT count(*) = count(DISTINCT one) AND coalesce(bool_and(CASE
      WHEN jsonb_typeof(one) <> 'string' THEN false
      WHEN this.method = 'yes_no_maybe' THEN one #>> '{}' IN ('most_yes', 'fewest_no')
      WHEN this.method = 'borda' THEN one #>> '{}' IN ('most_firsts', 'fewest_lasts')
      WHEN this.method = 'bradley_terry' THEN one #>> '{}' = 'wins'
      WHEN this.method = 'stv' THEN false
      ELSE one #>> '{}' IN ('mean', 'median', 'best', 'worst')
        OR EXISTS (SELECT FROM judging_criterion WHERE round_id = this.id
          AND one #>> '{}' = 'criterion:' || id) END), true)
    FROM jsonb_array_elements(this.tie_break) AS one);
END $$;

CREATE OR REPLACE FUNCTION judging_says_all(
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
  IF this.method IN ('borda', 'stv') THEN
    RETURN judging_is_placed(given);
  ELSIF this.method = 'bradley_terry' THEN
    RETURN judging_is_compared(pair, given);
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

-- For a whole statement, which may exchange places. One at a time for each juror: two
-- windows could give a place to one entry each.
CREATE FUNCTION score_places_differ() RETURNS trigger
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

CREATE TRIGGER score_places_differ AFTER INSERT ON judging_score
  REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION score_places_differ();
ALTER TABLE judging_score ENABLE ALWAYS TRIGGER score_places_differ;
"""

BACKWARD = """
DROP TRIGGER score_places_differ ON judging_score;
DROP FUNCTION score_places_differ();

CREATE OR REPLACE FUNCTION judging_knows_ties(this judging_round) RETURNS boolean
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

CREATE OR REPLACE FUNCTION judging_says_all(
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

DROP FUNCTION judging_is_compared(judging_assignment, jsonb);
DROP FUNCTION judging_is_placed(jsonb);
"""
METHODS = [
    ("weighted", "points for criteria"),
    ("yes_no_maybe", "yes, maybe or no"),
    ("borda", "ranking, counted by Borda’s rule"),
    ("stv", "ranking, counted by single transferable vote"),
    ("bradley_terry", "comparison of pairs"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("judging", "0006_remarks_have_versions"),
    ]

    operations = [
        migrations.RemoveConstraint("round", "round_known_method"),
        migrations.AlterField(
            "round",
            "method",
            models.CharField(
                choices=METHODS,
                default="weighted",
                max_length=16,
                verbose_name="method",
            ),
        ),
        migrations.AlterField(
            "round",
            "aggregate",
            models.CharField(
                choices=[
                    ("additive_fit", "mean, adjusted for strict and lenient jurors"),
                    ("mean", "mean of the points"),
                    ("median", "median of the points"),
                ],
                default="additive_fit",
                help_text="For criteria: how the points of all jurors become one "
                "number.",
                max_length=16,
                verbose_name="points of an entry",
            ),
        ),
        migrations.AddConstraint(
            "round",
            models.CheckConstraint(
                condition=models.Q(method__in=[name for name, _ in METHODS]),
                name="round_known_method",
            ),
        ),
        migrations.AddConstraint(
            "round",
            models.CheckConstraint(
                condition=~models.Q(method="stv") | models.Q(advance="top"),
                name="round_elects_so_many",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
