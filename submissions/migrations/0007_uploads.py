import functools
import secrets

import django.db.models.deletion
from django.db import migrations, models

# Which window counts is the one line in which the two bodies differ.
BODY = """
CREATE OR REPLACE FUNCTION submission_arrives() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  contest competitions_competition%%ROWTYPE;
  made integer;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  NEW.arrived_at := clock_timestamp();
  PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);
  PERFORM pg_advisory_xact_lock(hashtextextended(
    format('%%s/%%s', NEW.competition_id, NEW.participant_id), 7301));
  SELECT * INTO contest FROM competitions_competition WHERE id = NEW.competition_id;
  -- Arrival decides: a ticket that waited while the deadline's job ran is in.
  IF NOT FOUND OR contest.cancelled_at IS NOT NULL
     OR contest.state NOT IN ('open', 'moderation')
     OR NEW.arrived_at < contest.opens_at OR NEW.arrived_at > contest.closes_at THEN
    PERFORM refuse('submission_competition_takes_entries', TG_TABLE_NAME,
      format('arrived at %%s', NEW.arrived_at));
  END IF;
  SELECT count(*) INTO made FROM submissions_submission
    WHERE competition_id = NEW.competition_id
      AND participant_id = NEW.participant_id
      AND state NOT IN ('withdrawn', 'expired');
  IF made >= contest.max_entries THEN
    PERFORM refuse('submission_within_limit', TG_TABLE_NAME, format('%%s made', made));
  END IF;
  NEW.upload_until := NEW.arrived_at + %s;
  RETURN NEW;
END $$;
"""
ONE_WINDOW = "contest.upload_window"
TWO_WINDOWS = """CASE
    WHEN NEW.declared_size IS NOT NULL AND NEW.declared_sha256 IS NOT NULL
    THEN GREATEST(contest.upload_window, contest.declared_upload_window)
    ELSE contest.upload_window END"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0006_receipt_key_guards"),
        ("competitions", "0005_declared_upload_window"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        default=functools.partial(secrets.token_urlsafe, 24),
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("length", models.BigIntegerField(editable=False, null=True)),
                ("offset", models.BigIntegerField(default=0, editable=False)),
                (
                    "file_name",
                    models.CharField(blank=True, editable=False, max_length=255),
                ),
                ("metadata", models.TextField(blank=True, editable=False)),
                (
                    "submission",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="upload",
                        to="submissions.submission",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("length", None), ("offset", 0)),
                            models.Q(
                                ("length__isnull", False),
                                ("offset__gte", 0),
                                ("offset__lt", models.F("length")),
                            ),
                            _connector="OR",
                        ),
                        name="upload_offset_within_length",
                    )
                ]
            },
        ),
        migrations.RunSQL(BODY % TWO_WINDOWS, BODY % ONE_WINDOW),
    ]
