from datetime import UTC, datetime

from django.db import migrations, models
from django.db.models import Q

# Decisions that were made before cannot be undone; their moment stays unset.
FORWARD = """
CREATE FUNCTION submission_undo_stamped() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  -- A decision that asks for it can be undone for ten seconds; no other move keeps it.
  NEW.undo_until := CASE WHEN OLD.state = 'pending' AND NEW.undo_until IS NOT NULL
    AND NEW.state IN ('approved', 'rejected')
    THEN clock_timestamp() + interval '10 seconds' END;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_undo_stamped BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.undo_until IS NOT NULL)
  EXECUTE FUNCTION submission_undo_stamped();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_undo_stamped;

CREATE FUNCTION submission_undone_in_time() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF OLD.undo_until IS NULL OR OLD.undo_until <= clock_timestamp() THEN
    PERFORM refuse('submission_undone_in_time', TG_TABLE_NAME,
      format('until %s', OLD.undo_until));
  END IF;
  IF OLD.decided_by_id IS DISTINCT FROM actor THEN
    PERFORM refuse('submission_undone_by_decider', TG_TABLE_NAME,
      format('decided by %s', OLD.decided_by_id));
  END IF;
  IF EXISTS (SELECT FROM core_mail WHERE about = OLD.id AND sent_at IS NULL
      AND not_before > clock_timestamp()) THEN
    PERFORM refuse('submission_undone_without_mail', TG_TABLE_NAME, 'a mail waits');
  END IF;
  RETURN NEW;
END $$;

-- With a reason it is reopened, and both decisions stand in the journal.
CREATE TRIGGER submission_undone_in_time BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state IN ('approved', 'rejected') AND NEW.state = 'pending'
    AND NEW.decision_reason = '')
  EXECUTE FUNCTION submission_undone_in_time();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_undone_in_time;

DROP TRIGGER submission_decision_stays ON submissions_submission;
CREATE TRIGGER submission_decision_stays BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = NEW.state AND (
    OLD.processed_at, OLD.decided_at, OLD.decided_by_id, OLD.decision_reason,
    OLD.withdrawn_at, OLD.undo_until
  ) IS DISTINCT FROM (
    NEW.processed_at, NEW.decided_at, NEW.decided_by_id, NEW.decision_reason,
    NEW.withdrawn_at, NEW.undo_until
  )) EXECUTE FUNCTION refuse_state('submission_decision_stays');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_decision_stays;
"""

REVERSE = """
DROP TRIGGER submission_decision_stays ON submissions_submission;
CREATE TRIGGER submission_decision_stays BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = NEW.state AND (
    OLD.processed_at, OLD.decided_at, OLD.decided_by_id, OLD.decision_reason,
    OLD.withdrawn_at
  ) IS DISTINCT FROM (
    NEW.processed_at, NEW.decided_at, NEW.decided_by_id, NEW.decision_reason,
    NEW.withdrawn_at
  )) EXECUTE FUNCTION refuse_state('submission_decision_stays');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_decision_stays;
DROP TRIGGER submission_undone_in_time ON submissions_submission;
DROP FUNCTION submission_undone_in_time();
DROP TRIGGER submission_undo_stamped ON submissions_submission;
DROP FUNCTION submission_undo_stamped();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0022_processing_stays"),
        ("core", "0010_mail_not_before"),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="undo_until",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="can be undone until"
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=Q(undo_until=None) | Q(state__in=("approved", "rejected")),
                name="submission_undo_tied",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=Q(
                    undo_until__range=(
                        datetime(1999, 12, 31, tzinfo=UTC),
                        datetime(2201, 1, 2, tzinfo=UTC),
                    )
                ),
                name="submission_undo_until_bounds",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
