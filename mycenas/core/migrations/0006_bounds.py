from datetime import UTC, datetime

from django.db import migrations, models

# Mail beyond the bounds goes to the nearest bound; it has no lines in the journal. The
# journal is never changed: its bounds are for lines to come.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration core.0006', true),
  set_config('mycenas.reason', 'Dates lie in the years 2000 to 2200, and numbers in their bounds.', true);

-- Every guard but the journal's.
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgname !~ '_audit$' AND tgrelid = ANY (
      '{core_mail}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('core_mail', 'created_at'),
    ('core_mail', 'sent_at')
  ) AS columns (place, name) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I =
      greatest(least(%2$I, ''2200-12-30 00:00+00''), ''2000-01-02 00:00+00'')
      WHERE NOT %2$I BETWEEN ''1999-12-31 00:00+00'' AND ''2201-01-02 00:00+00''',
      one.place, one.name);
  END LOOP;
END $$;

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('core_mail', 'attempts', 0, 30000),
    ('core_mail', 'about', 1, 4611686018427387904)
  ) AS columns (place, name, low, high) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I = greatest(least(%2$I, %4$s), %3$s)
      WHERE NOT %2$I BETWEEN %3$s AND %4$s', one.place, one.name, one.low, one.high);
  END LOOP;
END $$;

DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'D' AND tgrelid = ANY (
      '{core_mail}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""

BOUNDS = """
ALTER TABLE core_auditentry
  ADD CONSTRAINT auditentry_at_bounds CHECK ("at"
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz) NOT VALID,
  ADD CONSTRAINT auditentry_row_id_bounds CHECK (row_id BETWEEN 1 AND 4611686018427387904) NOT VALID,
  ADD CONSTRAINT auditentry_actor_bounds CHECK (actor BETWEEN 1 AND 4611686018427387904) NOT VALID;
ALTER TABLE core_mail
  ADD CONSTRAINT mail_created_at_bounds CHECK (created_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT mail_sent_at_bounds CHECK (sent_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT mail_attempts_bounds CHECK (attempts BETWEEN 0 AND 30000),
  ADD CONSTRAINT mail_about_bounds CHECK (about BETWEEN 1 AND 4611686018427387904);
"""

NO_BOUNDS = """
ALTER TABLE core_auditentry
  DROP CONSTRAINT auditentry_at_bounds,
  DROP CONSTRAINT auditentry_row_id_bounds,
  DROP CONSTRAINT auditentry_actor_bounds;
ALTER TABLE core_mail
  DROP CONSTRAINT mail_created_at_bounds,
  DROP CONSTRAINT mail_sent_at_bounds,
  DROP CONSTRAINT mail_attempts_bounds,
  DROP CONSTRAINT mail_about_bounds;
"""


YEARS = (
    datetime(1999, 12, 31, tzinfo=UTC),
    datetime(2201, 1, 2, tzinfo=UTC),
)
BOUNDED = [
    ("auditentry", "at", YEARS),
    ("auditentry", "row_id", (1, 4611686018427387904)),
    ("auditentry", "actor", (1, 4611686018427387904)),
    ("mail", "created_at", YEARS),
    ("mail", "sent_at", YEARS),
    ("mail", "attempts", (0, 30000)),
    ("mail", "about", (1, 4611686018427387904)),
]


def bound(model, column, limits):
    condition = models.Q(**{f"{column}__range": limits})
    name = f"{model}_{column}_bounds"
    constraint = models.CheckConstraint(condition=condition, name=name)
    return migrations.AddConstraint(model, constraint)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0005_stamps"),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RunSQL(
            BOUNDS, NO_BOUNDS, state_operations=[bound(*one) for one in BOUNDED]
        ),
    ]
