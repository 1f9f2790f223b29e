from django.db import migrations

FORWARD = """
CREATE TRIGGER permit_moves BEFORE UPDATE ON permits_permit
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('open', 'expired'),
    ('open', 'used'),
    ('open', 'withdrawn')
  )) EXECUTE FUNCTION refuse_state('permit_moves');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_moves;
COMMENT ON TRIGGER permit_moves ON permits_permit IS '1f9ac885dfdf89cd';
CREATE TRIGGER permit_starts BEFORE INSERT ON permits_permit
  FOR EACH ROW WHEN (NEW.state <> 'open')
  EXECUTE FUNCTION refuse_state('permit_starts');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_starts;
COMMENT ON TRIGGER permit_starts ON permits_permit IS '69db68cf792c41e4';
"""

REVERSE = """
DROP TRIGGER permit_moves ON permits_permit;
DROP TRIGGER permit_starts ON permits_permit;
"""

GUARDS = """
CREATE FUNCTION permit_made() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  entry submissions_submission%ROWTYPE;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off a decision and a withdrawal, which would not see this permit. Rows come
  -- before advisory locks, as in decisions.
  SELECT * INTO entry FROM submissions_submission WHERE id = NEW.submission_id
    FOR SHARE;
  -- Holds off a close and a cancelling, which would not see this permit.
  PERFORM pg_advisory_xact_lock_shared(7301, entry.competition_id::int);
  IF actor <> NEW.requested_by_id THEN
    PERFORM refuse('permit_by_its_person', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF entry.participant_id = NEW.requested_by_id THEN
    PERFORM refuse('submission_decided_by_another', TG_TABLE_NAME,
      format('requested by %s', NEW.requested_by_id));
  END IF;
  IF entry.state <> 'pending' OR NOT EXISTS (SELECT FROM competitions_competition
      WHERE id = entry.competition_id AND state IN ('open', 'moderation')
      AND cancelled_at IS NULL) THEN
    PERFORM refuse('permit_of_entry_in_review', TG_TABLE_NAME, entry.state);
  END IF;
  IF EXISTS (SELECT FROM claims_claim WHERE submission_id = NEW.submission_id
      AND expires_at > clock_timestamp() AND moderator_id <> NEW.requested_by_id) THEN
    PERFORM refuse('submission_claimed_by_another', TG_TABLE_NAME,
      format('requested by %s', NEW.requested_by_id));
  END IF;
  IF NEW.expires_at > clock_timestamp() + interval '30 days' THEN
    PERFORM refuse('permit_lasts_days', TG_TABLE_NAME,
      format('until %s', NEW.expires_at));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER permit_made BEFORE INSERT ON permits_permit
  FOR EACH ROW EXECUTE FUNCTION permit_made();
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_made;

CREATE FUNCTION permit_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  IF NEW.state = 'used' THEN
    IF NOT EXISTS (SELECT FROM submissions_submission
        WHERE replaces_id = OLD.submission_id AND state = 'received') THEN
      PERFORM refuse('permit_used_with_file', TG_TABLE_NAME, 'nothing is received');
    END IF;
    RETURN NEW;
  END IF;
  IF EXISTS (SELECT FROM submissions_submission WHERE replaces_id = OLD.submission_id
      AND state = 'reserved' AND upload_until >= clock_timestamp()) THEN
    PERFORM refuse('permit_in_use', TG_TABLE_NAME, 'a changed version is coming');
  END IF;
  IF NEW.state = 'expired' AND OLD.expires_at > clock_timestamp() THEN
    PERFORM refuse('permit_not_over', TG_TABLE_NAME, format('until %s', OLD.expires_at));
  END IF;
  IF actor <> NEW.ended_by_id THEN
    PERFORM refuse('permit_by_its_person', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF EXISTS (SELECT FROM submissions_submission
      WHERE id = OLD.submission_id AND participant_id = NEW.ended_by_id) THEN
    PERFORM refuse('submission_decided_by_another', TG_TABLE_NAME,
      format('withdrawn by %s', NEW.ended_by_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER permit_ended BEFORE UPDATE ON permits_permit
  FOR EACH ROW WHEN (OLD.state = 'open' AND NEW.state <> 'open')
  EXECUTE FUNCTION permit_ended();
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_ended;

CREATE TRIGGER permit_stamped_when_made BEFORE INSERT ON permits_permit
  FOR EACH ROW EXECUTE FUNCTION stamp('requested_at', 'ended_at');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_stamped_when_made;

CREATE TRIGGER permit_stamped_when_ended BEFORE UPDATE ON permits_permit
  FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION stamp('ended_at');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_stamped_when_ended;

CREATE TRIGGER permit_facts_stay BEFORE UPDATE ON permits_permit
  FOR EACH ROW WHEN ((OLD.id, OLD.submission_id, OLD.reason, OLD.requested_at,
    OLD.requested_by_id, OLD.expires_at)
    IS DISTINCT FROM (NEW.id, NEW.submission_id, NEW.reason, NEW.requested_at,
    NEW.requested_by_id, NEW.expires_at))
  EXECUTE FUNCTION refuse_row('permit_facts_stay');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_facts_stay;

CREATE TRIGGER permit_end_stays BEFORE UPDATE ON permits_permit
  FOR EACH ROW WHEN (OLD.state = NEW.state
    AND (OLD.ended_at, OLD.ended_by_id) IS DISTINCT FROM (NEW.ended_at, NEW.ended_by_id))
  EXECUTE FUNCTION refuse_row('permit_end_stays');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_end_stays;

CREATE TRIGGER permit_stays BEFORE DELETE ON permits_permit
  FOR EACH ROW EXECUTE FUNCTION refuse_row('permit_stays');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_stays;

CREATE TRIGGER permit_audit
  AFTER INSERT OR UPDATE OR DELETE ON permits_permit
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_audit;

CREATE FUNCTION submission_changes_requested() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM permits_permit WHERE submission_id = OLD.id
      AND state = 'open' AND (expires_at > clock_timestamp()
        OR EXISTS (SELECT FROM submissions_submission WHERE replaces_id = OLD.id
          AND state = 'reserved' AND upload_until >= clock_timestamp()))) THEN
    PERFORM refuse('submission_changes_requested', TG_TABLE_NAME, 'an open permit');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_changes_requested BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = 'pending' AND NEW.state IN ('approved', 'rejected'))
  EXECUTE FUNCTION submission_changes_requested();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_changes_requested;

CREATE FUNCTION submission_holds_replaced() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  -- Fires before the file is stamped, and takes rows before advisory locks, as
  -- decisions do. Whether the version is on its way is judged by one at a time.
  PERFORM FROM submissions_submission WHERE id = OLD.replaces_id FOR NO KEY UPDATE;
  PERFORM FROM permits_permit
    WHERE submission_id = OLD.replaces_id AND state = 'open' FOR NO KEY UPDATE;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_holds_replaced BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.replaces_id IS NOT NULL
    AND OLD.state = 'reserved' AND NEW.state = 'received')
  EXECUTE FUNCTION submission_holds_replaced();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_holds_replaced;

CREATE FUNCTION submission_replaces() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  reason text := coalesce(current_setting('mycenas.reason', true), '');
BEGIN
  PERFORM set_config('mycenas.reason', 'replaced', true);
  -- Its artist may have withdrawn it meanwhile.
  UPDATE submissions_submission
    SET state = 'withdrawn', withdrawn_at = clock_timestamp()
    WHERE id = NEW.replaces_id AND state = 'pending';
  UPDATE permits_permit SET state = 'used', ended_at = clock_timestamp()
    WHERE submission_id = NEW.replaces_id AND state = 'open';
  IF NOT FOUND THEN
    PERFORM refuse('submission_replaces_by_permit', TG_TABLE_NAME, 'no open permit');
  END IF;
  PERFORM set_config('mycenas.reason', reason, true);
  RETURN NULL;
END $$;

CREATE TRIGGER submission_replaces AFTER UPDATE ON submissions_submission
  FOR EACH ROW WHEN (NEW.replaces_id IS NOT NULL
    AND OLD.state = 'reserved' AND NEW.state = 'received')
  EXECUTE FUNCTION submission_replaces();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_replaces;
"""

WITHOUT_GUARDS = """
DROP TRIGGER submission_replaces ON submissions_submission;
DROP FUNCTION submission_replaces();
DROP TRIGGER submission_holds_replaced ON submissions_submission;
DROP FUNCTION submission_holds_replaced();
DROP TRIGGER submission_changes_requested ON submissions_submission;
DROP FUNCTION submission_changes_requested();
DROP TRIGGER permit_audit ON permits_permit;
DROP TRIGGER permit_stays ON permits_permit;
DROP TRIGGER permit_end_stays ON permits_permit;
DROP TRIGGER permit_facts_stay ON permits_permit;
DROP TRIGGER permit_stamped_when_ended ON permits_permit;
DROP TRIGGER permit_stamped_when_made ON permits_permit;
DROP TRIGGER permit_ended ON permits_permit;
DROP FUNCTION permit_ended();
DROP TRIGGER permit_made ON permits_permit;
DROP FUNCTION permit_made();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0001_initial"),
        ("claims", "0002_claim_guards"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
