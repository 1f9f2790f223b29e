from datetime import UTC, datetime

from django.db import migrations, models

# What is beyond the bounds goes to the nearest bound, with a line in the journal.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration accounts.0006', true),
  set_config('mycenas.reason', 'Dates lie in the years 2000 to 2200, and numbers in their bounds.', true);

-- Every guard but the journal's.
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgname !~ '_audit$' AND tgrelid = ANY (
      '{accounts_user}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('accounts_user', 'last_login'),
    ('accounts_user', 'date_joined')
  ) AS columns (place, name) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I =
      greatest(least(%2$I, ''2200-12-30 00:00+00''), ''2000-01-02 00:00+00'')
      WHERE NOT %2$I BETWEEN ''1999-12-31 00:00+00'' AND ''2201-01-02 00:00+00''',
      one.place, one.name);
  END LOOP;
END $$;

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('accounts_user', 'session_generation', 0, 2000000000)
  ) AS columns (place, name, low, high) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I = greatest(least(%2$I, %4$s), %3$s)
      WHERE NOT %2$I BETWEEN %3$s AND %4$s', one.place, one.name, one.low, one.high);
  END LOOP;
END $$;

DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'D' AND tgrelid = ANY (
      '{accounts_user}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""

BOUNDS = """
ALTER TABLE accounts_user
  ADD CONSTRAINT user_last_login_bounds CHECK (last_login
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT user_date_joined_bounds CHECK (date_joined
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT user_session_generation_bounds CHECK (session_generation BETWEEN 0 AND 2000000000);
"""

NO_BOUNDS = """
ALTER TABLE accounts_user
  DROP CONSTRAINT user_last_login_bounds,
  DROP CONSTRAINT user_date_joined_bounds,
  DROP CONSTRAINT user_session_generation_bounds;
"""


YEARS = (
    datetime(1999, 12, 31, tzinfo=UTC),
    datetime(2201, 1, 2, tzinfo=UTC),
)
BOUNDED = [
    ("user", "last_login", YEARS),
    ("user", "date_joined", YEARS),
    ("user", "session_generation", (0, 2000000000)),
]


def bound(model, column, limits):
    condition = models.Q(**{f"{column}__range": limits})
    name = f"{model}_{column}_bounds"
    constraint = models.CheckConstraint(condition=condition, name=name)
    return migrations.AddConstraint(model, constraint)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_memberships_swap"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RunSQL(
            BOUNDS, NO_BOUNDS, state_operations=[bound(*one) for one in BOUNDED]
        ),
    ]
