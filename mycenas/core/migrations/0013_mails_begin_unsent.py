from django.db import migrations

# Mails that are there stay as they are: only new ones, and new attempts, are judged.
FORWARD = """
-- A mail waits for the ten seconds in which a decision can be undone.
CREATE TRIGGER mail_begins_unsent BEFORE INSERT ON core_mail
  FOR EACH ROW WHEN (NEW.sent_at IS NOT NULL OR NEW.attempts <> 0
    OR NEW.not_before > clock_timestamp() + interval '1 day')
  EXECUTE FUNCTION refuse_row('mail_begins_unsent');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_begins_unsent;

CREATE TRIGGER mail_tries_are_counted BEFORE UPDATE ON core_mail
  FOR EACH ROW WHEN (NEW.attempts NOT IN (OLD.attempts, OLD.attempts + 1))
  EXECUTE FUNCTION refuse_row('mail_tries_are_counted');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_tries_are_counted;
"""

REVERSE = """
DROP TRIGGER mail_tries_are_counted ON core_mail;
DROP TRIGGER mail_begins_unsent ON core_mail;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0012_stamps_of_long_statements")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
