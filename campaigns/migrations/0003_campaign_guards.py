from django.db import migrations

FORWARD = """
CREATE TRIGGER campaign_approved_stays BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL
    AND NEW.approved_at IS NOT NULL AND (
      OLD.competition_id, OLD.sponsor_id, OLD.headline, OLD.target_url, OLD.picture,
      OLD.alt_text
    ) IS DISTINCT FROM (
      NEW.competition_id, NEW.sponsor_id, NEW.headline, NEW.target_url, NEW.picture,
      NEW.alt_text
    )) EXECUTE FUNCTION refuse_state('campaign_approved_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_approved_stays;

CREATE TRIGGER campaign_stays BEFORE DELETE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.state <> 'draft')
  EXECUTE FUNCTION refuse_row('campaign_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_stays;

CREATE TRIGGER campaign_keeps_its_key BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION refuse_row('campaign_keeps_its_key');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_keeps_its_key;
"""

REVERSE = """
DROP TRIGGER campaign_keeps_its_key ON campaigns_campaign;
DROP TRIGGER campaign_stays ON campaigns_campaign;
DROP TRIGGER campaign_approved_stays ON campaigns_campaign;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_campaign_machine")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
