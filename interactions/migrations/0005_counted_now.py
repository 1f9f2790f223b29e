from django.db import migrations

# Rows that are there already keep their moments.
FORWARD = """
CREATE TRIGGER view_stamped_when_made BEFORE INSERT ON interactions_view
  FOR EACH ROW WHEN (NEW.viewed_at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('viewed_at');
ALTER TABLE interactions_view ENABLE ALWAYS TRIGGER view_stamped_when_made;

CREATE TRIGGER like_stamped_when_made BEFORE INSERT ON interactions_like
  FOR EACH ROW WHEN (NEW.liked_at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('liked_at');
ALTER TABLE interactions_like ENABLE ALWAYS TRIGGER like_stamped_when_made;
"""

REVERSE = """
DROP TRIGGER like_stamped_when_made ON interactions_like;
DROP TRIGGER view_stamped_when_made ON interactions_view;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0004_view_repeats"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
