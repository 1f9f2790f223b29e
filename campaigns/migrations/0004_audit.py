from django.db import migrations

FORWARD = """
CREATE TRIGGER campaign_audit
  AFTER INSERT OR UPDATE OR DELETE ON campaigns_campaign
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_audit;
"""

REVERSE = """
DROP TRIGGER campaign_audit ON campaigns_campaign;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_campaign_guards"), ("core", "0003_audit")]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
    ]
