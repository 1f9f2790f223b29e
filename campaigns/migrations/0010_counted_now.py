from django.db import migrations

# Rows that are there already keep their moments.
FORWARD = """
CREATE TRIGGER impression_stamped_when_made BEFORE INSERT ON campaigns_impression
  FOR EACH ROW WHEN (NEW.shown_at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('shown_at');
ALTER TABLE campaigns_impression ENABLE ALWAYS TRIGGER impression_stamped_when_made;

CREATE TRIGGER click_stamped_when_made BEFORE INSERT ON campaigns_click
  FOR EACH ROW WHEN (NEW.clicked_at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('clicked_at');
ALTER TABLE campaigns_click ENABLE ALWAYS TRIGGER click_stamped_when_made;
"""

REVERSE = """
DROP TRIGGER click_stamped_when_made ON campaigns_click;
DROP TRIGGER impression_stamped_when_made ON campaigns_impression;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0009_visitors"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
