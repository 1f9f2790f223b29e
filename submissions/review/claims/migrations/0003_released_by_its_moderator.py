from django.db import migrations

FORWARD = """
CREATE FUNCTION claim_released_by_its_moderator() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  -- Without an actor the site's operator acts, by SQL or by a command.
  IF actor <> OLD.moderator_id AND OLD.expires_at > clock_timestamp()
     AND EXISTS (SELECT FROM submissions_submission
       WHERE id = OLD.submission_id AND state = 'pending') THEN
    PERFORM refuse('submission_claimed_by_another', TG_TABLE_NAME,
      format('until %s', OLD.expires_at));
  END IF;
  RETURN OLD;
END $$;

CREATE TRIGGER claim_released_by_its_moderator BEFORE DELETE ON claims_claim
  FOR EACH ROW EXECUTE FUNCTION claim_released_by_its_moderator();
ALTER TABLE claims_claim ENABLE ALWAYS TRIGGER claim_released_by_its_moderator;
"""

REVERSE = """
DROP TRIGGER claim_released_by_its_moderator ON claims_claim;
DROP FUNCTION claim_released_by_its_moderator();
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0002_claim_guards")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
