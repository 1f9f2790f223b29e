from django.db import migrations

# The triggers stand with their tables; they judge changes only.
FORWARD = """
-- The column TG_ARGV[1] names who decides; TG_ARGV[0] is the rule. The owner of the tables is the site's
-- operator, who may act without an actor, and who restores dumps.
CREATE FUNCTION named_by_its_person() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  named bigint := (to_jsonb(NEW) ->> TG_ARGV[1])::bigint;
BEGIN
  IF named IS NULL OR actor = named
     OR TG_OP = 'UPDATE' AND named = (to_jsonb(OLD) ->> TG_ARGV[1])::bigint THEN
    RETURN NEW;
  END IF;
  IF actor IS NULL AND pg_has_role(current_user,
      (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    RETURN NEW;
  END IF;
  PERFORM refuse(TG_ARGV[0], TG_TABLE_NAME,
    format('by %s in the name of %s', actor, named));
  RETURN NEW;
END $$;
"""

REVERSE = """
DROP FUNCTION named_by_its_person();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0018_mails_go_when_due")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
