from datetime import UTC, datetime

from django.conf import settings
from django.db import migrations, models

# What is beyond the bounds goes to the nearest bound, also where an entry is decided; each
# entry, award, picture and key that changes has a line in the journal. A file that could
# come for ever may come for 30 days, a lease without end is over, and an attempt that was
# put off for ever is made now. Signed receipts never change: their bound is for rows to
# come. The size of a received file is not changed: one beyond any disk stops the migration.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration submissions.0015', true),
  set_config('mycenas.reason', 'Dates lie in the years 2000 to 2200, and numbers in their bounds.', true);

-- Every guard but the journal's.
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgname !~ '_audit$' AND tgrelid = ANY (
      '{submissions_submission,
      submissions_award,
      submissions_rendition,
      submissions_upload,
      submissions_receiptkey,
      submissions_canary}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;

UPDATE submissions_submission SET upload_until = now() + interval '30 days'
  WHERE state = 'reserved' AND upload_until > '2201-01-02 00:00+00';
UPDATE submissions_submission SET lease_until = now()
  WHERE NOT lease_until BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00';
UPDATE submissions_submission SET next_attempt_at = now()
  WHERE NOT next_attempt_at BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00';
UPDATE submissions_submission
  SET declared_size = greatest(least(declared_size, 2251799813685248), 0)
  WHERE size IS NULL AND NOT declared_size BETWEEN 0 AND 2251799813685248;
UPDATE submissions_upload
  SET length = least(length, 2251799813685248), "offset" = least("offset", 2251799813685247)
  WHERE length > 2251799813685248 OR "offset" > 2251799813685247;

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('submissions_submission', 'rules_accepted_at'),
    ('submissions_submission', 'arrived_at'),
    ('submissions_submission', 'upload_until'),
    ('submissions_submission', 'received_at'),
    ('submissions_submission', 'processed_at'),
    ('submissions_submission', 'refused_at'),
    ('submissions_submission', 'decided_at'),
    ('submissions_submission', 'withdrawn_at'),
    ('submissions_award', 'awarded_at'),
    ('submissions_award', 'taken_back_at'),
    ('submissions_receiptkey', 'created_at'),
    ('submissions_receiptkey', 'retired_at'),
    ('submissions_canary', 'began_at'),
    ('submissions_canary', 'finished_at')
  ) AS columns (place, name) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I =
      greatest(least(%2$I, ''2200-12-30 00:00+00''), ''2000-01-02 00:00+00'')
      WHERE NOT %2$I BETWEEN ''1999-12-31 00:00+00'' AND ''2201-01-02 00:00+00''',
      one.place, one.name);
  END LOOP;
END $$;

DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('submissions_submission', 'attempt', 0, 2000000000),
    ('submissions_submission', 'strikes', 0, 30000),
    ('submissions_submission', 'lost_leases', 0, 30000),
    ('submissions_submission', 'width', 0, 1000000),
    ('submissions_submission', 'height', 0, 1000000),
    ('submissions_rendition', 'width_class', 1, 30000),
    ('submissions_rendition', 'width', 0, 1000000),
    ('submissions_rendition', 'height', 0, 1000000),
    ('submissions_rendition', 'size', 0, 2000000000),
    ('submissions_canary', 'finished', 0, 2000000000),
    ('submissions_canary', 'attempt', 0, 2000000000),
    ('submissions_canary', 'size', 0, 2000000000)
  ) AS columns (place, name, low, high) LOOP
    EXECUTE format('UPDATE %1$I SET %2$I = greatest(least(%2$I, %4$s), %3$s)
      WHERE NOT %2$I BETWEEN %3$s AND %4$s', one.place, one.name, one.low, one.high);
  END LOOP;
END $$;

DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'D' AND tgrelid = ANY (
      '{submissions_submission,
      submissions_award,
      submissions_rendition,
      submissions_upload,
      submissions_receiptkey,
      submissions_canary}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guard.place, guard.tgname);
  END LOOP;
END $$;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""

BOUNDS = """
ALTER TABLE submissions_receipt
  ADD CONSTRAINT receipt_signed_at_bounds CHECK (signed_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz) NOT VALID;
ALTER TABLE submissions_award
  ADD CONSTRAINT award_awarded_at_bounds CHECK (awarded_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT award_taken_back_at_bounds CHECK (taken_back_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
ALTER TABLE submissions_canary
  ADD CONSTRAINT canary_began_at_bounds CHECK (began_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT canary_finished_at_bounds CHECK (finished_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT canary_attempt_bounds CHECK (attempt BETWEEN 0 AND 2000000000),
  ADD CONSTRAINT canary_size_bounds CHECK (size BETWEEN 0 AND 2000000000),
  ADD CONSTRAINT canary_finished_bounds CHECK (finished BETWEEN 0 AND 2000000000);
ALTER TABLE submissions_receiptkey
  ADD CONSTRAINT receiptkey_created_at_bounds CHECK (created_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT receiptkey_retired_at_bounds CHECK (retired_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
ALTER TABLE submissions_rendition
  ADD CONSTRAINT rendition_width_class_bounds CHECK (width_class BETWEEN 1 AND 30000),
  ADD CONSTRAINT rendition_width_bounds CHECK (width BETWEEN 0 AND 1000000),
  ADD CONSTRAINT rendition_height_bounds CHECK (height BETWEEN 0 AND 1000000),
  ADD CONSTRAINT rendition_size_bounds CHECK (size BETWEEN 0 AND 2000000000);
ALTER TABLE submissions_submission
  ADD CONSTRAINT submission_rules_accepted_at_bounds CHECK (rules_accepted_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_arrived_at_bounds CHECK (arrived_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_upload_until_bounds CHECK (upload_until
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_received_at_bounds CHECK (received_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_lease_until_bounds CHECK (lease_until
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_next_attempt_at_bounds CHECK (next_attempt_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_processed_at_bounds CHECK (processed_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_refused_at_bounds CHECK (refused_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_decided_at_bounds CHECK (decided_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_withdrawn_at_bounds CHECK (withdrawn_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT submission_declared_size_bounds CHECK (declared_size BETWEEN 0 AND 2251799813685248),
  ADD CONSTRAINT submission_size_bounds CHECK (size BETWEEN 0 AND 2251799813685248),
  ADD CONSTRAINT submission_attempt_bounds CHECK (attempt BETWEEN 0 AND 2000000000),
  ADD CONSTRAINT submission_strikes_bounds CHECK (strikes BETWEEN 0 AND 30000),
  ADD CONSTRAINT submission_lost_leases_bounds CHECK (lost_leases BETWEEN 0 AND 30000),
  ADD CONSTRAINT submission_width_bounds CHECK (width BETWEEN 0 AND 1000000),
  ADD CONSTRAINT submission_height_bounds CHECK (height BETWEEN 0 AND 1000000);
ALTER TABLE submissions_upload
  ADD CONSTRAINT upload_length_bounds CHECK (length BETWEEN 0 AND 2251799813685248),
  ADD CONSTRAINT upload_offset_bounds CHECK ("offset" BETWEEN 0 AND 2251799813685248);
"""

NO_BOUNDS = """
ALTER TABLE submissions_receipt
  DROP CONSTRAINT receipt_signed_at_bounds;
ALTER TABLE submissions_award
  DROP CONSTRAINT award_awarded_at_bounds,
  DROP CONSTRAINT award_taken_back_at_bounds;
ALTER TABLE submissions_canary
  DROP CONSTRAINT canary_began_at_bounds,
  DROP CONSTRAINT canary_finished_at_bounds,
  DROP CONSTRAINT canary_attempt_bounds,
  DROP CONSTRAINT canary_size_bounds,
  DROP CONSTRAINT canary_finished_bounds;
ALTER TABLE submissions_receiptkey
  DROP CONSTRAINT receiptkey_created_at_bounds,
  DROP CONSTRAINT receiptkey_retired_at_bounds;
ALTER TABLE submissions_rendition
  DROP CONSTRAINT rendition_width_class_bounds,
  DROP CONSTRAINT rendition_width_bounds,
  DROP CONSTRAINT rendition_height_bounds,
  DROP CONSTRAINT rendition_size_bounds;
ALTER TABLE submissions_submission
  DROP CONSTRAINT submission_rules_accepted_at_bounds,
  DROP CONSTRAINT submission_arrived_at_bounds,
  DROP CONSTRAINT submission_upload_until_bounds,
  DROP CONSTRAINT submission_received_at_bounds,
  DROP CONSTRAINT submission_lease_until_bounds,
  DROP CONSTRAINT submission_next_attempt_at_bounds,
  DROP CONSTRAINT submission_processed_at_bounds,
  DROP CONSTRAINT submission_refused_at_bounds,
  DROP CONSTRAINT submission_decided_at_bounds,
  DROP CONSTRAINT submission_withdrawn_at_bounds,
  DROP CONSTRAINT submission_declared_size_bounds,
  DROP CONSTRAINT submission_size_bounds,
  DROP CONSTRAINT submission_attempt_bounds,
  DROP CONSTRAINT submission_strikes_bounds,
  DROP CONSTRAINT submission_lost_leases_bounds,
  DROP CONSTRAINT submission_width_bounds,
  DROP CONSTRAINT submission_height_bounds;
ALTER TABLE submissions_upload
  DROP CONSTRAINT upload_length_bounds,
  DROP CONSTRAINT upload_offset_bounds;
"""


YEARS = (
    datetime(1999, 12, 31, tzinfo=UTC),
    datetime(2201, 1, 2, tzinfo=UTC),
)
BOUNDED = [
    ("receipt", "signed_at", YEARS),
    ("award", "awarded_at", YEARS),
    ("award", "taken_back_at", YEARS),
    ("canary", "began_at", YEARS),
    ("canary", "finished_at", YEARS),
    ("canary", "attempt", (0, 2000000000)),
    ("canary", "size", (0, 2000000000)),
    ("canary", "finished", (0, 2000000000)),
    ("receiptkey", "created_at", YEARS),
    ("receiptkey", "retired_at", YEARS),
    ("rendition", "width_class", (1, 30000)),
    ("rendition", "width", (0, 1000000)),
    ("rendition", "height", (0, 1000000)),
    ("rendition", "size", (0, 2000000000)),
    ("submission", "rules_accepted_at", YEARS),
    ("submission", "arrived_at", YEARS),
    ("submission", "upload_until", YEARS),
    ("submission", "received_at", YEARS),
    ("submission", "lease_until", YEARS),
    ("submission", "next_attempt_at", YEARS),
    ("submission", "processed_at", YEARS),
    ("submission", "refused_at", YEARS),
    ("submission", "decided_at", YEARS),
    ("submission", "withdrawn_at", YEARS),
    ("submission", "declared_size", (0, 2251799813685248)),
    ("submission", "size", (0, 2251799813685248)),
    ("submission", "attempt", (0, 2000000000)),
    ("submission", "strikes", (0, 30000)),
    ("submission", "lost_leases", (0, 30000)),
    ("submission", "width", (0, 1000000)),
    ("submission", "height", (0, 1000000)),
    ("upload", "length", (0, 2251799813685248)),
    ("upload", "offset", (0, 2251799813685248)),
]


def bound(model, column, limits):
    condition = models.Q(**{f"{column}__range": limits})
    name = f"{model}_{column}_bounds"
    constraint = models.CheckConstraint(condition=condition, name=name)
    return migrations.AddConstraint(model, constraint)


class Migration(migrations.Migration):
    dependencies = [
        ("competitions", "0006_bounds"),
        ("submissions", "0014_stamps"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RunSQL(
            BOUNDS, NO_BOUNDS, state_operations=[bound(*one) for one in BOUNDED]
        ),
    ]
