from django.db import migrations

FORWARD = """
CREATE FUNCTION audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  left_out text[] := string_to_array(TG_ARGV[0], ',');
  digested text[] := string_to_array(TG_ARGV[1], ',');
  old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
  new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
  changed jsonb;
BEGIN
  -- Runs as the owner, so it may not be put on a table of one's own.
  IF TG_TABLE_SCHEMA <> 'public' THEN
    PERFORM refuse('audit_of_our_tables', TG_TABLE_NAME, 'not one of our tables');
  END IF;
  SELECT jsonb_object_agg(name, jsonb_build_array(
      CASE WHEN name = ANY (digested) THEN to_jsonb(md5(was)) ELSE old_row -> name END,
      CASE WHEN name = ANY (digested) THEN to_jsonb(md5(is_now)) ELSE new_row -> name END
    )) INTO changed
  FROM (
    SELECT name, old_row ->> name AS was, new_row ->> name AS is_now
    FROM jsonb_object_keys(old_row || new_row) AS name
  ) AS columns
  WHERE was IS DISTINCT FROM is_now AND name <> ALL (left_out);
  IF changed IS NULL AND TG_OP = 'UPDATE' THEN
    RETURN NULL;
  END IF;
  INSERT INTO core_auditentry
    (at, table_name, row_id, operation, changes, actor, source, reason, database_role)
  VALUES (
    clock_timestamp(), TG_TABLE_NAME, (coalesce(new_row -> 'id', old_row -> 'id'))::bigint,
    TG_OP, coalesce(changed, '{}'),
    nullif(current_setting('mycenas.actor', true), '')::bigint,
    coalesce(current_setting('mycenas.source', true), ''),
    coalesce(current_setting('mycenas.reason', true), ''),
    session_user
  );
  RETURN NULL;
END $$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON core_auditentry
  FOR EACH ROW EXECUTE FUNCTION refuse_row('audit_is_append_only');
ALTER TABLE core_auditentry ENABLE ALWAYS TRIGGER audit_is_append_only;
"""

REVERSE = """
DROP TRIGGER audit_is_append_only ON core_auditentry;
DROP FUNCTION audit();
"""

# The site's role reads the audit; only the trigger, as the owner, writes it.
GRANT = """
DO $$ BEGIN
  IF to_regrole('mycenas_app') IS NOT NULL THEN
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON core_auditentry FROM mycenas_app;
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_refusals")]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GRANT, migrations.RunSQL.noop),
    ]
