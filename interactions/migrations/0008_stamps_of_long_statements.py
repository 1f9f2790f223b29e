from django.db import migrations

# A statement may be long: one that began before a stamp's moment is stamped as well.
FORWARD = """
DROP TRIGGER view_stamped_when_made ON interactions_view;
CREATE TRIGGER view_stamped_when_made BEFORE INSERT ON interactions_view
  FOR EACH ROW WHEN (NEW.viewed_at IS DISTINCT FROM statement_timestamp()
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('viewed_at');
ALTER TABLE interactions_view
  ENABLE ALWAYS TRIGGER view_stamped_when_made;

DROP TRIGGER like_stamped_when_made ON interactions_like;
CREATE TRIGGER like_stamped_when_made BEFORE INSERT ON interactions_like
  FOR EACH ROW WHEN (NEW.liked_at IS DISTINCT FROM statement_timestamp()
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('liked_at');
ALTER TABLE interactions_like
  ENABLE ALWAYS TRIGGER like_stamped_when_made;

DROP TRIGGER view_on_its_day ON interactions_view;
CREATE TRIGGER view_on_its_day BEFORE INSERT ON interactions_view
  FOR EACH ROW WHEN (NEW.viewed_on IS DISTINCT FROM (statement_timestamp() AT TIME ZONE 'UTC')::date
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp_day('viewed_on');
ALTER TABLE interactions_view
  ENABLE ALWAYS TRIGGER view_on_its_day;
"""

REVERSE = """
DROP TRIGGER view_on_its_day ON interactions_view;
CREATE TRIGGER view_on_its_day BEFORE INSERT ON interactions_view
  FOR EACH ROW WHEN (NEW.viewed_on IS DISTINCT FROM (statement_timestamp() AT TIME ZONE 'UTC')::date)
  EXECUTE FUNCTION stamp_day('viewed_on');
ALTER TABLE interactions_view
  ENABLE ALWAYS TRIGGER view_on_its_day;

DROP TRIGGER like_stamped_when_made ON interactions_like;
CREATE TRIGGER like_stamped_when_made BEFORE INSERT ON interactions_like
  FOR EACH ROW WHEN (NEW.liked_at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('liked_at');
ALTER TABLE interactions_like
  ENABLE ALWAYS TRIGGER like_stamped_when_made;

DROP TRIGGER view_stamped_when_made ON interactions_view;
CREATE TRIGGER view_stamped_when_made BEFORE INSERT ON interactions_view
  FOR EACH ROW WHEN (NEW.viewed_at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('viewed_at');
ALTER TABLE interactions_view
  ENABLE ALWAYS TRIGGER view_stamped_when_made;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0007_in_the_gallery"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
