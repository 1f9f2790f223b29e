from django.db import migrations

# These judge changes only: decisions that are there stay as they are, also those of
# people who have lost their role since.
FORWARD = """
CREATE FUNCTION submission_decided_by_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  person bigint := CASE WHEN NEW.state IN ('approved', 'rejected', 'disqualified')
    THEN NEW.decided_by_id ELSE actor END;
BEGIN
  -- Without an actor the site's operator acts, by SQL or by a command.
  IF person IS NOT NULL
     AND NOT holds_role(person, OLD.competition_id, 'organizer', 'moderator') THEN
    PERFORM refuse('submission_decided_by_role', TG_TABLE_NAME, format('by %s', person));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_decided_by_role BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state <> NEW.state
    AND (NEW.state IN ('approved', 'rejected', 'disqualified')
      OR OLD.state IN ('approved', 'rejected') AND NEW.state = 'pending'
      OR OLD.state = 'quarantined' AND NEW.state = 'received'))
  EXECUTE FUNCTION submission_decided_by_role();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_decided_by_role;

CREATE FUNCTION award_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  person bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.awarded_by_id ELSE actor END;
BEGIN
  IF person IS NOT NULL
     AND NOT holds_role(person, NEW.competition_id, 'organizer') THEN
    PERFORM refuse('award_by_organizer', TG_TABLE_NAME, format('by %s', person));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER award_made_by_organizer BEFORE INSERT OR UPDATE ON submissions_award
  FOR EACH ROW EXECUTE FUNCTION award_by_organizer();
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_made_by_organizer;

-- For tables with rows about an entry: the person in the column TG_ARGV[1].
CREATE FUNCTION entry_decided_by_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  person bigint := (to_jsonb(NEW) ->> TG_ARGV[1])::bigint;
BEGIN
  IF person IS NOT NULL AND NOT holds_role(person, (SELECT competition_id
      FROM submissions_submission WHERE id = NEW.submission_id),
      'organizer', 'moderator') THEN
    PERFORM refuse(TG_ARGV[0], TG_TABLE_NAME, format('by %s', person));
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION disqualification_by_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  person bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.proposed_by_id
    ELSE NEW.decided_by_id END;
BEGIN
  IF person IS NOT NULL AND NOT holds_role(person, (SELECT competition_id
      FROM submissions_submission WHERE id = NEW.target_id),
      'organizer', 'moderator') THEN
    PERFORM refuse('submission_decided_by_role', TG_TABLE_NAME, format('by %s', person));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER disqualification_proposed_by_role BEFORE INSERT ON approvals_approval
  FOR EACH ROW WHEN (NEW.kind = 'submissions.disqualify')
  EXECUTE FUNCTION disqualification_by_role();
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER disqualification_proposed_by_role;

CREATE TRIGGER disqualification_decided_by_role BEFORE UPDATE ON approvals_approval
  FOR EACH ROW WHEN (NEW.kind = 'submissions.disqualify'
    AND OLD.state <> NEW.state AND NEW.state IN ('confirmed', 'declined'))
  EXECUTE FUNCTION disqualification_by_role();
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER disqualification_decided_by_role;
"""

REVERSE = """
DROP TRIGGER disqualification_decided_by_role ON approvals_approval;
DROP TRIGGER disqualification_proposed_by_role ON approvals_approval;
DROP FUNCTION disqualification_by_role();
DROP FUNCTION entry_decided_by_role();
DROP TRIGGER award_made_by_organizer ON submissions_award;
DROP FUNCTION award_by_organizer();
DROP TRIGGER submission_decided_by_role ON submissions_submission;
DROP FUNCTION submission_decided_by_role();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0044_names_tries_and_parts"),
        ("approvals", "0003_expires_in_time"),
        ("roles", "0004_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
