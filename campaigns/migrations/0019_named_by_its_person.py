from django.db import migrations

FORWARD = """
CREATE TRIGGER campaign_named_by_its_person BEFORE INSERT OR UPDATE OF approved_by_id
  ON campaigns_campaign FOR EACH ROW WHEN (NEW.approved_by_id IS NOT NULL)
  EXECUTE FUNCTION named_by_its_person('campaign_approved_by_its_person', 'approved_by_id');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_named_by_its_person;
"""

REVERSE = """
DROP TRIGGER campaign_named_by_its_person ON campaigns_campaign;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0018_window_by_organizer"),
        ("core", "0019_named_by_its_person"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
