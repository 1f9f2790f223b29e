from datetime import UTC, datetime

from django.conf import settings
from django.db import migrations, models

# What is beyond the bounds goes to the nearest bound, also where a campaign is approved or
# has ended; each campaign that changes has a line in the journal. Its dates stay a day
# apart, so that it still starts before it ends.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration campaigns.0008', true),
  set_config('mycenas.reason', 'Dates lie in the years 2000 to 2200, and numbers in their bounds.', true);

-- Every guard but the journal's.
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgname !~ '_audit$' AND tgrelid = ANY (
      '{campaigns_campaign,campaigns_impression,campaigns_click}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;

UPDATE campaigns_campaign SET
  starts_at = greatest(least(starts_at, '2200-12-30 00:00+00'), '2000-01-02 00:00+00'),
  ends_at = greatest(least(ends_at, '2200-12-31 00:00+00'), '2000-01-03 00:00+00')
WHERE NOT (starts_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00')
  OR NOT (ends_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00');

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('campaigns_campaign', 'approved_at'),
    ('campaigns_campaign', 'ended_at'),
    ('campaigns_campaign', 'created_at'),
    ('campaigns_impression', 'shown_at'),
    ('campaigns_click', 'clicked_at')
  ) AS columns (place, name) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I =
      greatest(least(%2$I, ''2200-12-30 00:00+00''), ''2000-01-02 00:00+00'')
      WHERE NOT %2$I BETWEEN ''1999-12-31 00:00+00'' AND ''2201-01-02 00:00+00''',
      one.place, one.name);
  END LOOP;
END $$;

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('campaigns_campaign', 'picture_width', 0, 1000000),
    ('campaigns_campaign', 'picture_height', 0, 1000000)
  ) AS columns (place, name, low, high) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I = greatest(least(%2$I, %4$s), %3$s)
      WHERE NOT %2$I BETWEEN %3$s AND %4$s', one.place, one.name, one.low, one.high);
  END LOOP;
END $$;

DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'D' AND tgrelid = ANY (
      '{campaigns_campaign,campaigns_impression,campaigns_click}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""

BOUNDS = """
ALTER TABLE campaigns_campaign
  ADD CONSTRAINT campaign_starts_at_bounds CHECK (starts_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT campaign_ends_at_bounds CHECK (ends_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT campaign_approved_at_bounds CHECK (approved_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT campaign_ended_at_bounds CHECK (ended_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT campaign_created_at_bounds CHECK (created_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT campaign_picture_width_bounds CHECK (picture_width BETWEEN 0 AND 1000000),
  ADD CONSTRAINT campaign_picture_height_bounds CHECK (picture_height BETWEEN 0 AND 1000000);
ALTER TABLE campaigns_click
  ADD CONSTRAINT click_clicked_at_bounds CHECK (clicked_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
ALTER TABLE campaigns_impression
  ADD CONSTRAINT impression_shown_at_bounds CHECK (shown_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
"""

NO_BOUNDS = """
ALTER TABLE campaigns_campaign
  DROP CONSTRAINT campaign_starts_at_bounds,
  DROP CONSTRAINT campaign_ends_at_bounds,
  DROP CONSTRAINT campaign_approved_at_bounds,
  DROP CONSTRAINT campaign_ended_at_bounds,
  DROP CONSTRAINT campaign_created_at_bounds,
  DROP CONSTRAINT campaign_picture_width_bounds,
  DROP CONSTRAINT campaign_picture_height_bounds;
ALTER TABLE campaigns_click
  DROP CONSTRAINT click_clicked_at_bounds;
ALTER TABLE campaigns_impression
  DROP CONSTRAINT impression_shown_at_bounds;
"""


YEARS = (
    datetime(1999, 12, 31, tzinfo=UTC),
    datetime(2201, 1, 2, tzinfo=UTC),
)
BOUNDED = [
    ("campaign", "starts_at", YEARS),
    ("campaign", "ends_at", YEARS),
    ("campaign", "approved_at", YEARS),
    ("campaign", "ended_at", YEARS),
    ("campaign", "created_at", YEARS),
    ("campaign", "picture_width", (0, 1000000)),
    ("campaign", "picture_height", (0, 1000000)),
    ("click", "clicked_at", YEARS),
    ("impression", "shown_at", YEARS),
]


def bound(model, column, limits):
    condition = models.Q(**{f"{column}__range": limits})
    name = f"{model}_{column}_bounds"
    constraint = models.CheckConstraint(condition=condition, name=name)
    return migrations.AddConstraint(model, constraint)


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0007_stamps"),
        ("competitions", "0006_bounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RunSQL(
            BOUNDS, NO_BOUNDS, state_operations=[bound(*one) for one in BOUNDED]
        ),
    ]
