from django.db import migrations

BODY = """
CREATE OR REPLACE FUNCTION submission_two_disqualify() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  -- Only for this decision: one from before the entry was accepted anew is void.
  IF NOT EXISTS (SELECT FROM approvals_approval
      WHERE kind = 'submissions.disqualify' AND target_table = TG_TABLE_NAME
      AND target_id = OLD.id AND state = 'confirmed'
      AND {moment} > coalesce(OLD.decided_at, '-infinity')
      AND reason = NEW.decision_reason AND decided_by_id = NEW.decided_by_id
      AND OLD.participant_id NOT IN (proposed_by_id, decided_by_id)) THEN
    PERFORM refuse('submission_two_disqualify', TG_TABLE_NAME,
      'no confirmed proposal');
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0029_with_its_decider")]

    operations = [
        migrations.RunSQL(
            BODY.format(moment="proposed_at"), BODY.format(moment="decided_at")
        ),
    ]
