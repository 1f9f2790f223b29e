from django.db import migrations

# Rows that are there already keep their moments.
FORWARD = """
CREATE TRIGGER campaign_stamped_when_made BEFORE INSERT ON campaigns_campaign
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.approved_at IS NOT NULL OR NEW.ended_at IS NOT NULL)
  EXECUTE FUNCTION stamp('created_at', 'approved_at', 'ended_at');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_stamped_when_made;

CREATE TRIGGER campaign_decision_stays BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (
    OLD.approved_at IS NOT NULL AND NEW.approved_at IS NOT NULL
      AND (OLD.approved_at, OLD.approved_by_id)
        IS DISTINCT FROM (NEW.approved_at, NEW.approved_by_id)
    OR OLD.ended_at <> NEW.ended_at)
  EXECUTE FUNCTION refuse_row('campaign_decision_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_decision_stays;

-- Fires after campaign_decision_stays, for triggers of one kind fire by their names.
CREATE TRIGGER campaign_stamped_when_decided BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN ((OLD.approved_at, OLD.ended_at)
    IS DISTINCT FROM (NEW.approved_at, NEW.ended_at))
  EXECUTE FUNCTION stamp('approved_at', 'ended_at');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_stamped_when_decided;
"""

REVERSE = """
DROP TRIGGER campaign_stamped_when_decided ON campaigns_campaign;
DROP TRIGGER campaign_decision_stays ON campaigns_campaign;
DROP TRIGGER campaign_stamped_when_made ON campaigns_campaign;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_web_addresses"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
