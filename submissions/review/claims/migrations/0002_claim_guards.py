from django.db import migrations

# The table is new, so no row is there yet.
FORWARD = """
CREATE FUNCTION claim_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF actor <> NEW.moderator_id THEN
    PERFORM refuse('claim_for_oneself', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.submission_id <> OLD.submission_id
      OR NEW.moderator_id <> OLD.moderator_id
        AND OLD.expires_at > clock_timestamp()) THEN
    PERFORM refuse('submission_claimed_by_another', TG_TABLE_NAME,
      format('until %s', OLD.expires_at));
  END IF;
  IF EXISTS (SELECT FROM submissions_submission
      WHERE id = NEW.submission_id AND participant_id = NEW.moderator_id) THEN
    PERFORM refuse('claim_of_own_entry', TG_TABLE_NAME,
      format('entered by %s', NEW.moderator_id));
  END IF;
  NEW.expires_at := clock_timestamp() + interval '5 minutes';
  RETURN NEW;
END $$;

CREATE TRIGGER claim_guard BEFORE INSERT OR UPDATE ON claims_claim
  FOR EACH ROW EXECUTE FUNCTION claim_guard();
ALTER TABLE claims_claim ENABLE ALWAYS TRIGGER claim_guard;

CREATE FUNCTION submission_claimed_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF EXISTS (SELECT FROM claims_claim WHERE submission_id = OLD.id
      AND expires_at > clock_timestamp()
      AND moderator_id IS DISTINCT FROM coalesce(actor, NEW.decided_by_id)) THEN
    PERFORM refuse('submission_claimed_by_another', TG_TABLE_NAME,
      format('decided by %s', coalesce(actor, NEW.decided_by_id)));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_claimed_by_another BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = 'pending' AND NEW.state IN ('approved', 'rejected'))
  EXECUTE FUNCTION submission_claimed_by_another();
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_claimed_by_another;
"""

REVERSE = """
DROP TRIGGER submission_claimed_by_another ON submissions_submission;
DROP FUNCTION submission_claimed_by_another();
DROP TRIGGER claim_guard ON claims_claim;
DROP FUNCTION claim_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0001_initial"),
        ("submissions", "0022_processing_stays"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
