from django.db import migrations

# Rows that are there already stay: their entry may have been in the gallery then.
FORWARD = """
CREATE FUNCTION entry_in_gallery() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM submissions_submission AS entry
      JOIN competitions_competition AS competition ON competition.id = entry.competition_id
      WHERE entry.id = NEW.submission_id
      AND (entry.state <> 'approved' OR competition.cancelled_at IS NOT NULL)) THEN
    PERFORM refuse('entry_in_gallery', TG_TABLE_NAME,
      format('entry %s is not in the gallery', NEW.submission_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER view_in_gallery BEFORE INSERT OR UPDATE ON interactions_view
  FOR EACH ROW EXECUTE FUNCTION entry_in_gallery();
ALTER TABLE interactions_view ENABLE ALWAYS TRIGGER view_in_gallery;

CREATE TRIGGER like_in_gallery BEFORE INSERT OR UPDATE ON interactions_like
  FOR EACH ROW EXECUTE FUNCTION entry_in_gallery();
ALTER TABLE interactions_like ENABLE ALWAYS TRIGGER like_in_gallery;
"""

REVERSE = """
DROP TRIGGER like_in_gallery ON interactions_like;
DROP TRIGGER view_in_gallery ON interactions_view;
DROP FUNCTION entry_in_gallery();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0006_counted_one_by_one"),
        ("competitions", "0009_zones"),
        ("submissions", "0022_processing_stays"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
