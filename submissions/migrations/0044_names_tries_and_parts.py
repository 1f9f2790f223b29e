from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
-- Without an actor the site's operator acts, by SQL or by a command, or a task does.
CREATE TRIGGER submission_arrives_by_its_artist BEFORE INSERT ON submissions_submission
  FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '')::bigint
    <> NEW.participant_id)
  EXECUTE FUNCTION refuse_row('submission_by_its_artist');
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_arrives_by_its_artist;

CREATE TRIGGER submission_ends_by_its_artist BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state <> NEW.state
    AND (OLD.state = 'reserved' OR NEW.state = 'withdrawn')
    AND nullif(current_setting('mycenas.actor', true), '')::bigint
      <> NEW.participant_id)
  EXECUTE FUNCTION refuse_row('submission_by_its_artist');
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_ends_by_its_artist;

CREATE FUNCTION submission_tries_are_counted() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  step text := format('%s/%s/%s', NEW.attempt - OLD.attempt,
    NEW.strikes - OLD.strikes, NEW.lost_leases - OLD.lost_leases);
BEGIN
  IF NOT (CASE
    WHEN OLD.state = 'received' AND NEW.state = 'processing' THEN step = '1/0/0'
    -- Given back: for a fault of ours, a strike, or a lease that was lost.
    WHEN OLD.state = 'processing' AND NEW.state = 'received'
      THEN step IN ('0/0/0', '0/1/0', '0/0/1')
    WHEN OLD.state = 'quarantined' AND NEW.state = 'received' THEN
      NEW.attempt = OLD.attempt AND NEW.strikes = 0 AND NEW.lost_leases = 0
    ELSE step = '0/0/0' END) THEN
    PERFORM refuse('submission_tries_are_counted', TG_TABLE_NAME,
      format('from %s to %s: %s', OLD.state, NEW.state, step));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_tries_are_counted BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state IN ('received', 'processing', 'quarantined')
    AND ((OLD.attempt, OLD.strikes, OLD.lost_leases)
        IS DISTINCT FROM (NEW.attempt, NEW.strikes, NEW.lost_leases)
      OR NEW.state = 'processing' AND OLD.state <> NEW.state
      OR OLD.state = 'quarantined' AND NEW.state = 'received'))
  EXECUTE FUNCTION submission_tries_are_counted();
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_tries_are_counted;

CREATE FUNCTION submission_reviewed_with_pictures() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM submissions_rendition
      WHERE submission_id = OLD.id AND starts_with(name, format('%s/%s-%s-',
        left(OLD.public_id, 2), OLD.public_id, OLD.attempt))) THEN
    PERFORM refuse('submission_reviewed_with_pictures', TG_TABLE_NAME,
      format('attempt %s has made none', OLD.attempt));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_reviewed_with_pictures
  BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = 'processing' AND NEW.state = 'pending')
  EXECUTE FUNCTION submission_reviewed_with_pictures();
ALTER TABLE submissions_submission
  ENABLE ALWAYS TRIGGER submission_reviewed_with_pictures;

CREATE FUNCTION upload_keeps_its_part() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Only the end of the address gives another part, which begins empty. A file that
  -- was received may be taken from the part that its row names.
  IF NEW.name = OLD.name OR NEW.part = OLD.part
     OR NEW.ended IS DISTINCT FROM OLD.name OR NEW."offset" <> 0
     OR NOT EXISTS (SELECT FROM submissions_submission
       WHERE id = OLD.submission_id AND received_at IS NULL) THEN
    PERFORM refuse('upload_keeps_its_part', TG_TABLE_NAME, format('id %s', OLD.id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER upload_keeps_its_part BEFORE UPDATE ON submissions_upload
  FOR EACH ROW WHEN ((OLD.name, OLD.part, OLD.ended)
    IS DISTINCT FROM (NEW.name, NEW.part, NEW.ended))
  EXECUTE FUNCTION upload_keeps_its_part();
ALTER TABLE submissions_upload ENABLE ALWAYS TRIGGER upload_keeps_its_part;

CREATE TRIGGER upload_stays BEFORE DELETE ON submissions_upload
  FOR EACH ROW EXECUTE FUNCTION refuse_row('upload_stays');
ALTER TABLE submissions_upload ENABLE ALWAYS TRIGGER upload_stays;
"""

REVERSE = """
DROP TRIGGER upload_stays ON submissions_upload;
DROP TRIGGER upload_keeps_its_part ON submissions_upload;
DROP FUNCTION upload_keeps_its_part();
DROP TRIGGER submission_reviewed_with_pictures ON submissions_submission;
DROP FUNCTION submission_reviewed_with_pictures();
DROP TRIGGER submission_tries_are_counted ON submissions_submission;
DROP FUNCTION submission_tries_are_counted();
DROP TRIGGER submission_ends_by_its_artist ON submissions_submission;
DROP TRIGGER submission_arrives_by_its_artist ON submissions_submission;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0043_reservations_last"),
        ("core", "0002_refusals"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
