from django.db import migrations

FORWARD = """
CREATE TRIGGER approval_moves BEFORE UPDATE ON approvals_approval
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('proposed', 'confirmed'),
    ('proposed', 'declined'),
    ('proposed', 'expired'),
    ('proposed', 'withdrawn')
  )) EXECUTE FUNCTION refuse_state('approval_moves');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_moves;
COMMENT ON TRIGGER approval_moves ON approvals_approval IS 'bba4d5250f9bcc7f';
CREATE TRIGGER approval_starts BEFORE INSERT ON approvals_approval
  FOR EACH ROW WHEN (NEW.state <> 'proposed')
  EXECUTE FUNCTION refuse_state('approval_starts');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_starts;
COMMENT ON TRIGGER approval_starts ON approvals_approval IS '93083d4857788cd0';
"""

REVERSE = """
DROP TRIGGER approval_moves ON approvals_approval;
DROP TRIGGER approval_starts ON approvals_approval;
"""

GUARDS = """
CREATE FUNCTION approval_proposed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF actor <> NEW.proposed_by_id THEN
    PERFORM refuse('approval_by_its_person', TG_TABLE_NAME,
      format('proposed by %s', actor));
  END IF;
  NEW.digest := encode(sha256(convert_to(jsonb_build_array(NEW.kind,
    NEW.target_table, NEW.target_id, NEW.parameters, NEW.reason,
    NEW.proposed_by_id)::text, 'UTF8')), 'hex');
  RETURN NEW;
END $$;

CREATE TRIGGER approval_proposed BEFORE INSERT ON approvals_approval
  FOR EACH ROW EXECUTE FUNCTION approval_proposed();
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_proposed;

CREATE FUNCTION approval_decided() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  is_over boolean := clock_timestamp() >= OLD.expires_at;
BEGIN
  IF actor <> NEW.decided_by_id THEN
    PERFORM refuse('approval_by_its_person', TG_TABLE_NAME,
      format('decided by %s', actor));
  END IF;
  IF NEW.state IN ('confirmed', 'declined') AND is_over
     OR NEW.state = 'expired' AND NOT is_over THEN
    PERFORM refuse('approval_in_time', TG_TABLE_NAME,
      format('expires at %s', OLD.expires_at));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER approval_decided BEFORE UPDATE ON approvals_approval
  FOR EACH ROW WHEN (OLD.state = 'proposed' AND NEW.state <> 'proposed')
  EXECUTE FUNCTION approval_decided();
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_decided;

CREATE TRIGGER approval_stamped_when_proposed BEFORE INSERT ON approvals_approval
  FOR EACH ROW EXECUTE FUNCTION stamp('proposed_at', 'decided_at');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_stamped_when_proposed;

CREATE TRIGGER approval_stamped_when_decided BEFORE UPDATE ON approvals_approval
  FOR EACH ROW WHEN (OLD.state <> NEW.state)
  EXECUTE FUNCTION stamp('decided_at');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_stamped_when_decided;

CREATE TRIGGER approval_facts_stay BEFORE UPDATE ON approvals_approval
  FOR EACH ROW WHEN ((OLD.id, OLD.kind, OLD.target_table, OLD.target_id,
    OLD.parameters, OLD.reason, OLD.digest, OLD.proposed_by_id, OLD.proposed_at,
    OLD.expires_at)
    IS DISTINCT FROM (NEW.id, NEW.kind, NEW.target_table, NEW.target_id,
    NEW.parameters, NEW.reason, NEW.digest, NEW.proposed_by_id, NEW.proposed_at,
    NEW.expires_at))
  EXECUTE FUNCTION refuse_row('approval_facts_stay');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_facts_stay;

CREATE TRIGGER approval_decision_stays BEFORE UPDATE ON approvals_approval
  FOR EACH ROW WHEN (OLD.state = NEW.state
    AND (OLD.decided_by_id, OLD.decided_at, OLD.decision_reason)
      IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at, NEW.decision_reason))
  EXECUTE FUNCTION refuse_row('approval_decision_stays');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_decision_stays;

CREATE TRIGGER approval_stays BEFORE DELETE ON approvals_approval
  FOR EACH ROW EXECUTE FUNCTION refuse_row('approval_stays');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_stays;

CREATE TRIGGER approval_audit
  AFTER INSERT OR UPDATE OR DELETE ON approvals_approval
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_audit;
"""

WITHOUT_GUARDS = """
DROP TRIGGER approval_audit ON approvals_approval;
DROP TRIGGER approval_stays ON approvals_approval;
DROP TRIGGER approval_decision_stays ON approvals_approval;
DROP TRIGGER approval_facts_stay ON approvals_approval;
DROP TRIGGER approval_stamped_when_decided ON approvals_approval;
DROP TRIGGER approval_stamped_when_proposed ON approvals_approval;
DROP TRIGGER approval_decided ON approvals_approval;
DROP FUNCTION approval_decided();
DROP TRIGGER approval_proposed ON approvals_approval;
DROP FUNCTION approval_proposed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("core", "0009_days_and_first_values"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
