from django.db import migrations

# Mails that are there stay as they are: only steps from now on are judged.
FORWARD = """
CREATE TRIGGER mail_goes_when_due BEFORE UPDATE ON core_mail
  FOR EACH ROW WHEN (OLD.sent_at IS NULL AND NEW.sent_at IS NOT NULL
    AND (NEW.template <> '' OR OLD.attempts >= 8
      OR OLD.not_before > clock_timestamp()))
  EXECUTE FUNCTION refuse_row('mail_goes_when_due');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_goes_when_due;
"""

REVERSE = """
DROP TRIGGER mail_goes_when_due ON core_mail;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0017_texts_can_be_seen")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
