import django.db.models.deletion
from django.db import migrations, models

# What an entry replaces is named with its arrival. The permits app says when one may.
REPLACES_STAYS = """
CREATE TRIGGER submission_replaces_stays BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.replaces_id IS DISTINCT FROM NEW.replaces_id)
  EXECUTE FUNCTION refuse_state('submission_facts_stay');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_replaces_stays;
"""
CHANGES_AGAIN = """
DROP TRIGGER submission_replaces_stays ON submissions_submission;
"""
# The last lines are the difference: a changed version may have the file of the entry
# that it replaces, and other words.
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

  IF NOT EXISTS (SELECT FROM accounts_user
      WHERE id = OLD.participant_id AND is_active) THEN
    PERFORM refuse('submission_by_active_participant', TG_TABLE_NAME,
      format('participant %s', OLD.participant_id));
  END IF;

  IF NOT NEW.entered_again THEN
    -- The same bytes of one person are acknowledged in turn: each sees the one before.
    PERFORM pg_advisory_xact_lock(hashtextextended(format('%s/%s/%s',
      OLD.competition_id, OLD.participant_id, NEW.sha256), 7301));
    IF EXISTS (SELECT FROM submissions_submission
        WHERE competition_id = OLD.competition_id
        AND participant_id = OLD.participant_id AND sha256 = NEW.sha256
        AND state <> 'withdrawn' AND id <> OLD.id
REPLACED) THEN
      PERFORM refuse('submission_once_per_file', TG_TABLE_NAME,
        format('sha256 %s', NEW.sha256));
    END IF;
  END IF;

  RETURN NEW;
END $$;
"""
BUT_THE_REPLACED = "        AND id IS DISTINCT FROM OLD.replaces_id"


class Migration(migrations.Migration):
    dependencies = [("submissions", "0026_decision_code")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="replaces",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replacements",
                to="submissions.submission",
                verbose_name="replaces",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("replaces__isnull", False)),
                fields=["replaces"],
                name="submission_replacements",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("replaces__isnull", False),
                    models.Q(("state__in", ("withdrawn", "expired")), _negated=True),
                ),
                fields=("replaces",),
                name="submission_replaced_once",
            ),
        ),
        migrations.RunSQL(
            REPLACES_STAYS + UPLOAD_IN_TIME.replace("REPLACED", BUT_THE_REPLACED),
            CHANGES_AGAIN + UPLOAD_IN_TIME.replace("\nREPLACED", ""),
        ),
    ]
