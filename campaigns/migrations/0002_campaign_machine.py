from django.db import migrations

FORWARD = """
CREATE TRIGGER campaign_moves BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('draft', 'scheduled'),
    ('paused', 'ended'),
    ('paused', 'running'),
    ('running', 'ended'),
    ('running', 'paused'),
    ('scheduled', 'draft'),
    ('scheduled', 'ended'),
    ('scheduled', 'running')
  )) EXECUTE FUNCTION refuse_state('campaign_moves');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_moves;
COMMENT ON TRIGGER campaign_moves ON campaigns_campaign IS '6f3177eceb7fb8e4';
CREATE TRIGGER campaign_starts BEFORE INSERT ON campaigns_campaign
  FOR EACH ROW WHEN (NEW.state <> 'draft')
  EXECUTE FUNCTION refuse_state('campaign_starts');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_starts;
COMMENT ON TRIGGER campaign_starts ON campaigns_campaign IS '8c4a0445bf4a19e2';
"""

REVERSE = """
DROP TRIGGER campaign_moves ON campaigns_campaign;
DROP TRIGGER campaign_starts ON campaigns_campaign;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("core", "0002_refusals")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
