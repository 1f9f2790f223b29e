from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION approval_proposed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF actor <> NEW.proposed_by_id THEN
    PERFORM refuse('approval_by_its_person', TG_TABLE_NAME,
      format('proposed by %s', actor));
  END IF;
  IF NEW.expires_at > clock_timestamp() + interval '14 days' THEN
    PERFORM refuse('approval_expires_in_time', TG_TABLE_NAME,
      format('at %s', NEW.expires_at));
  END IF;
  NEW.digest := encode(sha256(convert_to(jsonb_build_array(NEW.kind,
    NEW.target_table, NEW.target_id, NEW.parameters, NEW.reason,
    NEW.proposed_by_id)::text, 'UTF8')), 'hex');
  RETURN NEW;
END $$;
"""

REVERSE = """
CREATE OR REPLACE FUNCTION approval_proposed() RETURNS trigger
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
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_approval_guards"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
