from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse(rule text, about text, sentence text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = rule, TABLE = about,
    MESSAGE = sentence;
END $$;

CREATE FUNCTION refuse_state() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse(TG_ARGV[0], TG_TABLE_NAME, CASE TG_OP
    WHEN 'INSERT' THEN format('%s: a row may not start as %s', TG_ARGV[0], NEW.state)
    WHEN 'DELETE' THEN format('%s: this row stays', TG_ARGV[0])
    ELSE format('%s: no move from %s to %s', TG_ARGV[0], OLD.state, NEW.state)
  END);
  RETURN NULL;
END $$;

-- An older snapshot would not see what this transaction waited for.
CREATE FUNCTION require_read_committed(about text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    PERFORM refuse('guards_read_committed', about, 'isolation level');
  END IF;
END $$;

CREATE FUNCTION refuse_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse(TG_ARGV[0], TG_TABLE_NAME, format('%s: %s', TG_ARGV[0], TG_OP));
  RETURN NULL;
END $$;
"""

REVERSE = """
DROP FUNCTION refuse_row();
DROP FUNCTION require_read_committed(text);
DROP FUNCTION refuse_state();
DROP FUNCTION refuse(text, text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
