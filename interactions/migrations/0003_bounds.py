from datetime import UTC, date, datetime

from django.conf import settings
from django.db import migrations, models

# What is beyond the bounds goes to the nearest bound. Views and likes have no lines in
# the journal.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration interactions.0003', true),
  set_config('mycenas.reason', 'Dates lie in the years 2000 to 2200, and numbers in their bounds.', true);

-- Every guard but the journal's.
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgname !~ '_audit$' AND tgrelid = ANY (
      '{interactions_view,interactions_like}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;

UPDATE interactions_view
  SET viewed_on = greatest(least(viewed_on, '2200-12-31'), '2000-01-01')
  WHERE NOT viewed_on BETWEEN '2000-01-01' AND '2200-12-31';

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('interactions_view', 'viewed_at'),
    ('interactions_like', 'liked_at')
  ) AS columns (place, name) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I =
      greatest(least(%2$I, ''2200-12-30 00:00+00''), ''2000-01-02 00:00+00'')
      WHERE NOT %2$I BETWEEN ''1999-12-31 00:00+00'' AND ''2201-01-02 00:00+00''',
      one.place, one.name);
  END LOOP;
END $$;

DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'D' AND tgrelid = ANY (
      '{interactions_view,interactions_like}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""

BOUNDS = """
ALTER TABLE interactions_like
  ADD CONSTRAINT like_liked_at_bounds CHECK (liked_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
ALTER TABLE interactions_view
  ADD CONSTRAINT view_viewed_on_bounds CHECK (viewed_on
    BETWEEN '2000-01-01'::date AND '2200-12-31'::date),
  ADD CONSTRAINT view_viewed_at_bounds CHECK (viewed_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
"""

NO_BOUNDS = """
ALTER TABLE interactions_like
  DROP CONSTRAINT like_liked_at_bounds;
ALTER TABLE interactions_view
  DROP CONSTRAINT view_viewed_on_bounds,
  DROP CONSTRAINT view_viewed_at_bounds;
"""


YEARS = (
    datetime(1999, 12, 31, tzinfo=UTC),
    datetime(2201, 1, 2, tzinfo=UTC),
)
DAYS = (date(2000, 1, 1), date(2200, 12, 31))
BOUNDED = [
    ("like", "liked_at", YEARS),
    ("view", "viewed_on", DAYS),
    ("view", "viewed_at", YEARS),
]


def bound(model, column, limits):
    condition = models.Q(**{f"{column}__range": limits})
    name = f"{model}_{column}_bounds"
    constraint = models.CheckConstraint(condition=condition, name=name)
    return migrations.AddConstraint(model, constraint)


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0002_like_of_another"),
        ("submissions", "0012_decided_by_another"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RunSQL(
            BOUNDS, NO_BOUNDS, state_operations=[bound(*one) for one in BOUNDED]
        ),
    ]
