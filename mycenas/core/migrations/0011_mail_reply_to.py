from django.db import migrations, models

FORWARD = """
DROP TRIGGER mail_stays ON core_mail;
CREATE TRIGGER mail_stays BEFORE UPDATE ON core_mail
  FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL
    OR (OLD.id, OLD."to", OLD.created_at, OLD.about, OLD.not_before)
      IS DISTINCT FROM (NEW.id, NEW."to", NEW.created_at, NEW.about, NEW.not_before)
    OR OLD.template = '' AND (OLD.subject, OLD.body, OLD.template, OLD.reply_to)
      IS DISTINCT FROM (NEW.subject, NEW.body, NEW.template, NEW.reply_to))
  EXECUTE FUNCTION refuse_row('mail_stays');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stays;
"""
REVERSE = """
DROP TRIGGER mail_stays ON core_mail;
CREATE TRIGGER mail_stays BEFORE UPDATE ON core_mail
  FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL
    OR (OLD.id, OLD."to", OLD.created_at, OLD.about, OLD.not_before)
      IS DISTINCT FROM (NEW.id, NEW."to", NEW.created_at, NEW.about, NEW.not_before)
    OR OLD.template = '' AND (OLD.subject, OLD.body, OLD.template)
      IS DISTINCT FROM (NEW.subject, NEW.body, NEW.template))
  EXECUTE FUNCTION refuse_row('mail_stays');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0010_mail_not_before")]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="reply_to",
            field=models.EmailField(
                blank=True, db_default="", editable=False, max_length=254
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
