from django.db import migrations

# A statement may be long: one that began before a stamp's moment is stamped as well.
FORWARD = """
DROP TRIGGER mail_stamped_when_written ON core_mail;
CREATE TRIGGER mail_stamped_when_written BEFORE INSERT ON core_mail
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.sent_at IS NOT NULL
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('created_at', 'sent_at');
ALTER TABLE core_mail
  ENABLE ALWAYS TRIGGER mail_stamped_when_written;

DROP TRIGGER receipt_key_stamped_when_made ON submissions_receiptkey;
CREATE TRIGGER receipt_key_stamped_when_made BEFORE INSERT ON submissions_receiptkey
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.retired_at IS NOT NULL
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('created_at', 'retired_at');
ALTER TABLE submissions_receiptkey
  ENABLE ALWAYS TRIGGER receipt_key_stamped_when_made;
"""

REVERSE = """
DROP TRIGGER receipt_key_stamped_when_made ON submissions_receiptkey;
CREATE TRIGGER receipt_key_stamped_when_made BEFORE INSERT ON submissions_receiptkey
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.retired_at IS NOT NULL)
  EXECUTE FUNCTION stamp('created_at', 'retired_at');
ALTER TABLE submissions_receiptkey
  ENABLE ALWAYS TRIGGER receipt_key_stamped_when_made;

DROP TRIGGER mail_stamped_when_written ON core_mail;
CREATE TRIGGER mail_stamped_when_written BEFORE INSERT ON core_mail
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.sent_at IS NOT NULL)
  EXECUTE FUNCTION stamp('created_at', 'sent_at');
ALTER TABLE core_mail
  ENABLE ALWAYS TRIGGER mail_stamped_when_written;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0011_mail_reply_to"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
