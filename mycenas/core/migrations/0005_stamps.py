from django.db import migrations

# Rows that are there already keep their moments: the statements wrote them with the
# database clock.
FORWARD = """
-- Sets each named column that gets a value, or another one, to this moment.
CREATE FUNCTION stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
  wanted jsonb := to_jsonb(NEW);
  stamps jsonb;
BEGIN
  SELECT jsonb_object_agg(name, clock_timestamp()) INTO stamps
    FROM unnest(TG_ARGV) AS name
    WHERE wanted ->> name IS NOT NULL AND wanted ->> name IS DISTINCT FROM was ->> name;
  RETURN CASE WHEN stamps IS NULL THEN NEW ELSE jsonb_populate_record(NEW, stamps) END;
END $$;

CREATE TRIGGER mail_stamped_when_written BEFORE INSERT ON core_mail
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.sent_at IS NOT NULL)
  EXECUTE FUNCTION stamp('created_at', 'sent_at');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stamped_when_written;

CREATE TRIGGER mail_stamped_when_sent BEFORE UPDATE ON core_mail
  FOR EACH ROW WHEN (NEW.sent_at IS DISTINCT FROM OLD.sent_at)
  EXECUTE FUNCTION stamp('sent_at');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stamped_when_sent;

-- One whose words come late gets them once.
CREATE TRIGGER mail_stays BEFORE UPDATE ON core_mail
  FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL
    OR (OLD.id, OLD."to", OLD.created_at, OLD.about)
      IS DISTINCT FROM (NEW.id, NEW."to", NEW.created_at, NEW.about)
    OR OLD.template = '' AND (OLD.subject, OLD.body, OLD.template)
      IS DISTINCT FROM (NEW.subject, NEW.body, NEW.template))
  EXECUTE FUNCTION refuse_row('mail_stays');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stays;
"""

REVERSE = """
DROP TRIGGER mail_stays ON core_mail;
DROP TRIGGER mail_stamped_when_sent ON core_mail;
DROP TRIGGER mail_stamped_when_written ON core_mail;
DROP FUNCTION stamp();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_mail_worded_late")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
