from django.db import migrations

# Mails that are there stay as they are.
FORWARD = """
CREATE TRIGGER mail_has_known_template BEFORE INSERT OR UPDATE OF template ON core_mail
  FOR EACH ROW WHEN (NEW.template <> ''
    AND (NEW.about IS NULL OR NEW.template NOT IN ('submissions/received',
      'submissions/announced', 'submissions/cancelled')))
  EXECUTE FUNCTION refuse_row('mail_has_known_template');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_has_known_template;
"""

REVERSE = """
DROP TRIGGER mail_has_known_template ON core_mail;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0048_texts_can_be_seen"),
        ("core", "0018_mails_go_when_due"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
