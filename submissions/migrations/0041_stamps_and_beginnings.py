from django.db import migrations

# A statement may be long: one that began before a stamp's moment is stamped as well.
FORWARD = """
DROP TRIGGER submission_stamped_on_arrival ON submissions_submission;
CREATE TRIGGER submission_stamped_on_arrival BEFORE INSERT ON submissions_submission
  FOR EACH ROW WHEN (NEW.rules_accepted_at IS DISTINCT FROM statement_timestamp()
    OR NEW.processed_at IS NOT NULL OR NEW.decided_at IS NOT NULL
    OR NEW.refused_at IS NOT NULL
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('rules_accepted_at', 'processed_at', 'decided_at', 'refused_at');
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_stamped_on_arrival;

DROP TRIGGER award_stamped_when_given ON submissions_award;
CREATE TRIGGER award_stamped_when_given BEFORE INSERT ON submissions_award
  FOR EACH ROW WHEN (NEW.awarded_at IS DISTINCT FROM statement_timestamp()
    OR NEW.taken_back_at IS NOT NULL
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('awarded_at', 'taken_back_at');
ALTER TABLE submissions_award
  ENABLE ALWAYS TRIGGER award_stamped_when_given;

CREATE TRIGGER submission_refusal_stamped BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.refused_at IS DISTINCT FROM NEW.refused_at)
  EXECUTE FUNCTION stamp('refused_at');
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_refusal_stamped;

CREATE TRIGGER submission_begins_with_arrival BEFORE INSERT ON submissions_submission
  FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL OR NEW.decided_at IS NOT NULL
    OR NEW.processed_at IS NOT NULL OR NEW.decision_reason <> ''
    OR NEW.attempt <> 0 OR NEW.strikes <> 0 OR NEW.lost_leases <> 0
    OR NEW.fault <> '' OR NEW.media_type <> '' OR NEW.width IS NOT NULL)
  EXECUTE FUNCTION refuse_row('submission_begins_with_arrival');
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_begins_with_arrival;

CREATE TRIGGER upload_stays_with_its_entry BEFORE UPDATE ON submissions_upload
  FOR EACH ROW WHEN ((OLD.id, OLD.submission_id)
    IS DISTINCT FROM (NEW.id, NEW.submission_id))
  EXECUTE FUNCTION refuse_row('upload_stays_with_its_entry');
ALTER TABLE submissions_upload
  ENABLE ALWAYS TRIGGER upload_stays_with_its_entry;

CREATE OR REPLACE FUNCTION award_given_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  artist bigint;
BEGIN
  SELECT participant_id INTO artist FROM submissions_submission
    WHERE id = NEW.submission_id;
  IF artist = actor
     OR artist = NEW.awarded_by_id
       AND (TG_OP = 'INSERT' OR OLD.awarded_by_id <> NEW.awarded_by_id) THEN
    PERFORM refuse('award_given_by_another', TG_TABLE_NAME,
      format('decided by %s', artist));
  END IF;
  IF TG_OP = 'INSERT' AND actor <> NEW.awarded_by_id THEN
    PERFORM refuse('award_by_its_person', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  RETURN NEW;
END $$;
"""

REVERSE = """
CREATE OR REPLACE FUNCTION award_given_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  artist bigint;
BEGIN
  SELECT participant_id INTO artist FROM submissions_submission
    WHERE id = NEW.submission_id;
  IF artist = actor
     OR artist = NEW.awarded_by_id
       AND (TG_OP = 'INSERT' OR OLD.awarded_by_id <> NEW.awarded_by_id) THEN
    PERFORM refuse('award_given_by_another', TG_TABLE_NAME,
      format('decided by %s', artist));
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER upload_stays_with_its_entry ON submissions_upload;

DROP TRIGGER submission_begins_with_arrival ON submissions_submission;

DROP TRIGGER submission_refusal_stamped ON submissions_submission;

DROP TRIGGER award_stamped_when_given ON submissions_award;
CREATE TRIGGER award_stamped_when_given BEFORE INSERT ON submissions_award
  FOR EACH ROW WHEN (NEW.awarded_at IS DISTINCT FROM statement_timestamp()
    OR NEW.taken_back_at IS NOT NULL)
  EXECUTE FUNCTION stamp('awarded_at', 'taken_back_at');
ALTER TABLE submissions_award
  ENABLE ALWAYS TRIGGER award_stamped_when_given;

DROP TRIGGER submission_stamped_on_arrival ON submissions_submission;
CREATE TRIGGER submission_stamped_on_arrival BEFORE INSERT ON submissions_submission
  FOR EACH ROW WHEN (NEW.rules_accepted_at IS DISTINCT FROM statement_timestamp()
    OR NEW.processed_at IS NOT NULL OR NEW.decided_at IS NOT NULL
    OR NEW.refused_at IS NOT NULL)
  EXECUTE FUNCTION stamp('rules_accepted_at', 'processed_at', 'decided_at', 'refused_at');
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_stamped_on_arrival;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0040_canary_stamps"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
