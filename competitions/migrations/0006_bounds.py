import datetime
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
        migrations.AddConstraint(
            model_name="category",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__range", (0, 9999))),
                name="category_position_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "opens_at__range",
                        (
                            datetime.datetime(1999, 12, 31, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2201, 1, 2, 0, 0, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="competition_opens_at_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "closes_at__range",
                        (
                            datetime.datetime(1999, 12, 31, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2201, 1, 2, 0, 0, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="competition_closes_at_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "opened_at__range",
                        (
                            datetime.datetime(1999, 12, 31, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2201, 1, 2, 0, 0, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="competition_opened_at_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "moderation_started_at__range",
                        (
                            datetime.datetime(1999, 12, 31, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2201, 1, 2, 0, 0, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="competition_moderation_started_at_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "closed_at__range",
                        (
                            datetime.datetime(1999, 12, 31, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2201, 1, 2, 0, 0, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="competition_closed_at_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "winners_announced_at__range",
                        (
                            datetime.datetime(1999, 12, 31, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2201, 1, 2, 0, 0, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="competition_winners_announced_at_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cancelled_at__range",
                        (
                            datetime.datetime(1999, 12, 31, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2201, 1, 2, 0, 0, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="competition_cancelled_at_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "created_at__range",
                        (
                            datetime.datetime(1999, 12, 31, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2201, 1, 2, 0, 0, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="competition_created_at_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "upload_window__range",
                        (
                            datetime.timedelta(microseconds=1),
                            datetime.timedelta(days=30),
                        ),
                    )
                ),
                name="competition_upload_window_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "declared_upload_window__range",
                        (
                            datetime.timedelta(microseconds=1),
                            datetime.timedelta(days=30),
                        ),
                    )
                ),
                name="competition_declared_upload_window_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_entries__range", (1, 30000))),
                name="competition_max_entries_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_megabytes__range", (1, 2048))),
                name="competition_max_megabytes_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="prize",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__range", (0, 9999))),
                name="prize_position_bounds",
            ),
        ),
    ]
