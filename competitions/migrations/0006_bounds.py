from datetime import UTC, datetime, timedelta

from django.db import migrations, models

# Dates, windows and numbers beyond the bounds go to the nearest bound, also where a
# competition is over or cancelled; each row that changes has a line in the journal.
# Dates stay a day apart, so that entries still open before they close.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration competitions.0006', true),
  set_config('mycenas.reason', 'Dates lie in the years 2000 to 2200, and an upload window ends after 30 days.', true);

-- Every guard but the journal's.
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgname !~ '_audit$' AND tgrelid IN (
      'competitions_competition'::regclass, 'competitions_category'::regclass,
      'competitions_prize'::regclass) LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;

-- STRICT: what is NULL stays so.
CREATE OR REPLACE FUNCTION pg_temp.kept(
  moment timestamptz, earliest timestamptz, latest timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT greatest(least(moment, latest), earliest)';

UPDATE competitions_competition SET
  opens_at = pg_temp.kept(opens_at, '2000-01-02 00:00+00', '2200-12-30 00:00+00'),
  closes_at = pg_temp.kept(closes_at, '2000-01-03 00:00+00', '2200-12-31 00:00+00')
WHERE NOT (opens_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00')
  OR NOT (closes_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00');

UPDATE competitions_competition SET
  opened_at = pg_temp.kept(opened_at, '2000-01-02 00:00+00', '2200-12-30 00:00+00'),
  moderation_started_at =
    pg_temp.kept(moderation_started_at, '2000-01-02 00:00+00', '2200-12-30 00:00+00'),
  closed_at = pg_temp.kept(closed_at, '2000-01-02 00:00+00', '2200-12-30 00:00+00'),
  winners_announced_at =
    pg_temp.kept(winners_announced_at, '2000-01-02 00:00+00', '2200-12-30 00:00+00'),
  cancelled_at = pg_temp.kept(cancelled_at, '2000-01-02 00:00+00', '2200-12-30 00:00+00'),
  created_at = pg_temp.kept(created_at, '2000-01-02 00:00+00', '2200-12-30 00:00+00')
WHERE NOT (opened_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00')
  OR NOT (moderation_started_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00')
  OR NOT (closed_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00')
  OR NOT (winners_announced_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00')
  OR NOT (cancelled_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00')
  OR NOT (created_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00');

UPDATE competitions_competition SET
  upload_window = least(upload_window, interval '30 days'),
  declared_upload_window = least(declared_upload_window, interval '30 days'),
  max_entries = least(max_entries, 30000),
  max_megabytes = least(max_megabytes, 2048)
WHERE upload_window > interval '30 days' OR declared_upload_window > interval '30 days'
  OR max_entries > 30000 OR max_megabytes > 2048;

UPDATE competitions_category SET position = 9999 WHERE position > 9999;
UPDATE competitions_prize SET position = 9999 WHERE position > 9999;

DROP FUNCTION pg_temp.kept(timestamptz, timestamptz, timestamptz);
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'D' AND tgrelid IN (
      'competitions_competition'::regclass, 'competitions_category'::regclass,
      'competitions_prize'::regclass) LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""

BOUNDS = """
ALTER TABLE competitions_category
  ADD CONSTRAINT category_position_bounds CHECK ("position" BETWEEN 0 AND 9999);
ALTER TABLE competitions_competition
  ADD CONSTRAINT competition_opens_at_bounds CHECK (opens_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT competition_closes_at_bounds CHECK (closes_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT competition_opened_at_bounds CHECK (opened_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT competition_moderation_started_at_bounds CHECK (moderation_started_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT competition_closed_at_bounds CHECK (closed_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT competition_winners_announced_at_bounds CHECK (winners_announced_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT competition_cancelled_at_bounds CHECK (cancelled_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT competition_created_at_bounds CHECK (created_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT competition_upload_window_bounds CHECK (upload_window
    BETWEEN interval '1 microsecond' AND interval '30 days'),
  ADD CONSTRAINT competition_declared_upload_window_bounds CHECK (declared_upload_window
    BETWEEN interval '1 microsecond' AND interval '30 days'),
  ADD CONSTRAINT competition_max_entries_bounds CHECK (max_entries BETWEEN 1 AND 30000),
  ADD CONSTRAINT competition_max_megabytes_bounds CHECK (max_megabytes BETWEEN 1 AND 2048);
ALTER TABLE competitions_prize
  ADD CONSTRAINT prize_position_bounds CHECK ("position" BETWEEN 0 AND 9999);
"""

NO_BOUNDS = """
ALTER TABLE competitions_category
  DROP CONSTRAINT category_position_bounds;
ALTER TABLE competitions_competition
  DROP CONSTRAINT competition_opens_at_bounds,
  DROP CONSTRAINT competition_closes_at_bounds,
  DROP CONSTRAINT competition_opened_at_bounds,
  DROP CONSTRAINT competition_moderation_started_at_bounds,
  DROP CONSTRAINT competition_closed_at_bounds,
  DROP CONSTRAINT competition_winners_announced_at_bounds,
  DROP CONSTRAINT competition_cancelled_at_bounds,
  DROP CONSTRAINT competition_created_at_bounds,
  DROP CONSTRAINT competition_upload_window_bounds,
  DROP CONSTRAINT competition_declared_upload_window_bounds,
  DROP CONSTRAINT competition_max_entries_bounds,
  DROP CONSTRAINT competition_max_megabytes_bounds;
ALTER TABLE competitions_prize
  DROP CONSTRAINT prize_position_bounds;
"""


YEARS = (
    datetime(1999, 12, 31, tzinfo=UTC),
    datetime(2201, 1, 2, tzinfo=UTC),
)
SPANS = (timedelta(microseconds=1), timedelta(days=30))
BOUNDED = [
    ("category", "position", (0, 9999)),
    ("competition", "opens_at", YEARS),
    ("competition", "closes_at", YEARS),
    ("competition", "opened_at", YEARS),
    ("competition", "moderation_started_at", YEARS),
    ("competition", "closed_at", YEARS),
    ("competition", "winners_announced_at", YEARS),
    ("competition", "cancelled_at", YEARS),
    ("competition", "created_at", YEARS),
    ("competition", "upload_window", SPANS),
    ("competition", "declared_upload_window", SPANS),
    ("competition", "max_entries", (1, 30000)),
    ("competition", "max_megabytes", (1, 2048)),
    ("prize", "position", (0, 9999)),
]


def bound(model, column, limits):
    condition = models.Q(**{f"{column}__range": limits})
    name = f"{model}_{column}_bounds"
    constraint = models.CheckConstraint(condition=condition, name=name)
    return migrations.AddConstraint(model, constraint)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_session_generation"),
        ("competitions", "0005_declared_upload_window"),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="competition",
            name="competition_limits_positive",
        ),
        migrations.AlterField(
            model_name="competition",
            name="max_entries",
            field=models.PositiveSmallIntegerField(
                default=3, verbose_name="entries per person"
            ),
        ),
        migrations.AlterField(
            model_name="competition",
            name="max_megabytes",
            field=models.PositiveIntegerField(
                default=50, verbose_name="largest file, in MB"
            ),
        ),
        migrations.RunSQL(
            BOUNDS, NO_BOUNDS, state_operations=[bound(*one) for one in BOUNDED]
        ),
    ]
