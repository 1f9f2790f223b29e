from django.db import migrations

# Rows that are there already keep their days and numbers.
FORWARD = """
CREATE TRIGGER impression_on_its_day BEFORE INSERT ON campaigns_impression
  FOR EACH ROW WHEN (NEW.shown_on IS DISTINCT FROM (statement_timestamp() AT TIME ZONE 'UTC')::date)
  EXECUTE FUNCTION stamp_day('shown_on');
ALTER TABLE campaigns_impression ENABLE ALWAYS TRIGGER impression_on_its_day;

CREATE TRIGGER impression_counts_from_none BEFORE INSERT ON campaigns_impression
  FOR EACH ROW WHEN (NEW.repeats <> 0)
  EXECUTE FUNCTION refuse_row('counted_one_by_one');
ALTER TABLE campaigns_impression ENABLE ALWAYS TRIGGER impression_counts_from_none;

CREATE TRIGGER impression_counts_one_by_one BEFORE UPDATE ON campaigns_impression
  FOR EACH ROW WHEN (NEW.repeats NOT IN (OLD.repeats, least(OLD.repeats, 1999999999) + 1))
  EXECUTE FUNCTION refuse_row('counted_one_by_one');
ALTER TABLE campaigns_impression ENABLE ALWAYS TRIGGER impression_counts_one_by_one;

CREATE TRIGGER click_counts_from_none BEFORE INSERT ON campaigns_click
  FOR EACH ROW WHEN (NEW.repeats <> 0)
  EXECUTE FUNCTION refuse_row('counted_one_by_one');
ALTER TABLE campaigns_click ENABLE ALWAYS TRIGGER click_counts_from_none;

CREATE TRIGGER click_counts_one_by_one BEFORE UPDATE ON campaigns_click
  FOR EACH ROW WHEN (NEW.repeats NOT IN (OLD.repeats, least(OLD.repeats, 1999999999) + 1))
  EXECUTE FUNCTION refuse_row('counted_one_by_one');
ALTER TABLE campaigns_click ENABLE ALWAYS TRIGGER click_counts_one_by_one;

DROP TRIGGER campaign_approved_stays ON campaigns_campaign;
CREATE TRIGGER campaign_approved_stays BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL AND NEW.approved_at IS NOT NULL
    AND (OLD.competition_id, OLD.sponsor_id, OLD.headline, OLD.target_url, OLD.picture,
      OLD.alt_text, OLD.picture_width, OLD.picture_height)
    IS DISTINCT FROM (NEW.competition_id, NEW.sponsor_id, NEW.headline, NEW.target_url,
      NEW.picture, NEW.alt_text, NEW.picture_width, NEW.picture_height))
  EXECUTE FUNCTION refuse_state('campaign_approved_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_approved_stays;
"""

REVERSE = """
DROP TRIGGER campaign_approved_stays ON campaigns_campaign;
CREATE TRIGGER campaign_approved_stays BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL AND NEW.approved_at IS NOT NULL
    AND (OLD.competition_id, OLD.sponsor_id, OLD.headline, OLD.target_url, OLD.picture,
      OLD.alt_text)
    IS DISTINCT FROM (NEW.competition_id, NEW.sponsor_id, NEW.headline, NEW.target_url,
      NEW.picture, NEW.alt_text))
  EXECUTE FUNCTION refuse_state('campaign_approved_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_approved_stays;

DROP TRIGGER click_counts_one_by_one ON campaigns_click;
DROP TRIGGER click_counts_from_none ON campaigns_click;
DROP TRIGGER impression_counts_one_by_one ON campaigns_impression;
DROP TRIGGER impression_counts_from_none ON campaigns_impression;
DROP TRIGGER impression_on_its_day ON campaigns_impression;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0010_counted_now"),
        ("core", "0009_days_and_first_values"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
