from django.db import migrations

# Entries that are there stay as they are: pages show what Django cannot read as it is.
FORWARD = r"""
-- Plain text, or what Django makes its sentences of.
CREATE FUNCTION log_message_can_be_shown(message text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF left(message, 1) <> '[' THEN
    RETURN true;
  END IF;
  RETURN NOT EXISTS (SELECT FROM jsonb_array_elements(message::jsonb) AS part (act)
    WHERE (jsonb_typeof(act) = 'object'
      AND act - ARRAY['added', 'changed', 'deleted'] = '{}'
      AND (NOT act ? 'added' OR act -> 'added' = '{}'
        OR jsonb_typeof(act #> '{added,name}') = 'string' AND act -> 'added' ? 'object')
      AND (NOT act ? 'changed'
        OR jsonb_typeof(act #> '{changed,fields}') = 'array'
        AND NOT jsonb_path_exists(act,
          'strict $.changed.fields[*] ? (@.type() != "string")')
        AND (NOT act -> 'changed' ? 'name'
          OR jsonb_typeof(act #> '{changed,name}') = 'string'
          AND act -> 'changed' ? 'object'))
      AND (NOT act ? 'deleted'
        OR jsonb_typeof(act #> '{deleted,name}') = 'string'
        AND act -> 'deleted' ? 'object')) IS NOT TRUE);
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN false;
END $$;

CREATE TRIGGER admin_log_can_be_shown BEFORE INSERT OR UPDATE ON django_admin_log
  FOR EACH ROW WHEN (length(NEW.change_message) > 65536
    OR NOT log_message_can_be_shown(NEW.change_message))
  EXECUTE FUNCTION refuse_row('admin_log_can_be_shown');
ALTER TABLE django_admin_log ENABLE ALWAYS TRIGGER admin_log_can_be_shown;
"""

REVERSE = """
DROP TRIGGER admin_log_can_be_shown ON django_admin_log;
DROP FUNCTION log_message_can_be_shown(text);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_factors_can_be_read"), ("core", "0002_refusals")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
