from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER campaign_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON campaigns_campaign
  FOR EACH ROW WHEN (is_blank(NEW.name)
    OR is_blank(NEW.headline)
    OR NEW.end_reason <> '' AND is_blank(NEW.end_reason))
  EXECUTE FUNCTION text_can_be_seen('name', 'headline', 'end_reason?');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER campaign_texts_can_be_seen ON campaigns_campaign;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0016_ports_and_hosts"),
        ("core", "0017_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
