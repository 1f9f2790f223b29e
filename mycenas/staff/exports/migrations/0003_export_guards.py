from django.db import migrations

FORWARD = """
CREATE FUNCTION guard_export() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  work text[] := ARRAY['state', 'attempt', 'lease_until', 'total', 'written',
    'columns', 'row_count', 'size', 'sha256', 'problem', 'started_at',
    'finished_at', 'expires_at'];
  moment timestamptz := clock_timestamp();
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- Without an actor the site's operator acts, by SQL or by a command.
    IF actor IS NOT NULL AND actor IS DISTINCT FROM NEW.requested_by_id THEN
      PERFORM refuse('export_of_the_actor', TG_TABLE_NAME, format('actor %s', actor));
    END IF;
    NEW.created_at := moment;
    RETURN NEW;
  END IF;
  IF to_jsonb(OLD) - work <> to_jsonb(NEW) - work THEN
    PERFORM refuse('export_facts_stay', TG_TABLE_NAME, format('id %s', OLD.id));
  END IF;
  IF OLD.state IN ('done', 'failed', 'expired')
    AND to_jsonb(OLD) - 'state' <> to_jsonb(NEW) - 'state' THEN
    PERFORM refuse('export_facts_stay', TG_TABLE_NAME, format('id %s', OLD.id));
  END IF;
  IF NEW.state = OLD.state THEN
    NEW.started_at := OLD.started_at;
    NEW.finished_at := OLD.finished_at;
    NEW.expires_at := OLD.expires_at;
  ELSIF NEW.state = 'running' THEN
    NEW.started_at := moment;
  ELSIF NEW.state IN ('done', 'failed') THEN
    NEW.started_at := OLD.started_at;
    NEW.finished_at := moment;
    NEW.expires_at := CASE NEW.state WHEN 'done' THEN moment + interval '7 days' END;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER export_guard BEFORE INSERT OR UPDATE ON exports_export
  FOR EACH ROW EXECUTE FUNCTION guard_export();
ALTER TABLE exports_export ENABLE ALWAYS TRIGGER export_guard;

CREATE TRIGGER export_stays BEFORE DELETE ON exports_export
  FOR EACH ROW EXECUTE FUNCTION refuse_row('export_stays');
ALTER TABLE exports_export ENABLE ALWAYS TRIGGER export_stays;

CREATE TRIGGER export_audit AFTER INSERT OR UPDATE OR DELETE ON exports_export
  FOR EACH ROW EXECUTE FUNCTION audit('key,lease_until,total,written', '');
ALTER TABLE exports_export ENABLE ALWAYS TRIGGER export_audit;
"""

REVERSE = """
DROP TRIGGER export_audit ON exports_export;
DROP TRIGGER export_stays ON exports_export;
DROP TRIGGER export_guard ON exports_export;
DROP FUNCTION guard_export();
"""


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_export_machine"), ("core", "0003_audit")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
