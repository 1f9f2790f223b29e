import functools
import secrets

from django.db import migrations, models

UPLOAD_IN_TIME = """
CREATE OR REPLACE FUNCTION submission_upload_in_time() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off a close, which would not see a file that is being acknowledged.
  PERFORM pg_advisory_xact_lock_shared(7301, OLD.competition_id::int);
  NEW.received_at := clock_timestamp();
  -- What the receipt names is that of this moment, for good.
  SELECT slug, title INTO NEW.receipt_slug, NEW.receipt_title
    FROM competitions_competition
    WHERE id = OLD.competition_id AND state IN ('open', 'moderation');
  IF NOT FOUND OR NEW.received_at > OLD.upload_until THEN
    PERFORM refuse('submission_upload_in_time', TG_TABLE_NAME,
      format('until %s', OLD.upload_until));
  END IF;
"""
# No session stands behind an upload, so the account is asked here.
ACTIVE = """
  IF NOT EXISTS (SELECT FROM accounts_user
      WHERE id = OLD.participant_id AND is_active) THEN
    PERFORM refuse('submission_by_active_participant', TG_TABLE_NAME,
      format('participant %s', OLD.participant_id));
  END IF;
"""
ONCE_PER_FILE = """
  IF NOT NEW.entered_again THEN
    -- The same bytes of one person are acknowledged in turn: each sees the one before.
    PERFORM pg_advisory_xact_lock(hashtextextended(format('%s/%s/%s',
      OLD.competition_id, OLD.participant_id, NEW.sha256), 7301));
    IF EXISTS (SELECT FROM submissions_submission
        WHERE competition_id = OLD.competition_id
        AND participant_id = OLD.participant_id AND sha256 = NEW.sha256
        AND state <> 'withdrawn' AND id <> OLD.id) THEN
      PERFORM refuse('submission_once_per_file', TG_TABLE_NAME,
        format('sha256 %s', NEW.sha256));
    END IF;
  END IF;
"""
END = """
  RETURN NEW;
END $$;
"""
# Parts on the disk keep the names that they have.
SAME_PARTS = "UPDATE submissions_upload SET part = name"


def secret(**more: object) -> models.CharField:
    return models.CharField(max_length=32, editable=False, **more)


class Migration(migrations.Migration):
    dependencies = [("submissions", "0017_refusals_stay")]

    operations = [
        migrations.AddField("upload", "ended", secret(null=True, unique=True)),
        migrations.AddField("upload", "part", secret(null=True, unique=True)),
        migrations.RunSQL(SAME_PARTS, migrations.RunSQL.noop),
        migrations.AlterField(
            "upload",
            "part",
            secret(default=functools.partial(secrets.token_urlsafe, 24), unique=True),
        ),
        migrations.RunSQL(
            UPLOAD_IN_TIME + ACTIVE + ONCE_PER_FILE + END,
            UPLOAD_IN_TIME + ONCE_PER_FILE + END,
        ),
    ]
