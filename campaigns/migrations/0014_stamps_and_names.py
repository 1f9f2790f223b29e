from django.db import migrations

# A statement may be long: one that began before a stamp's moment is stamped as well.
FORWARD = """
DROP TRIGGER campaign_stamped_when_made ON campaigns_campaign;
CREATE TRIGGER campaign_stamped_when_made BEFORE INSERT ON campaigns_campaign
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.approved_at IS NOT NULL OR NEW.ended_at IS NOT NULL
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('created_at', 'approved_at', 'ended_at');
ALTER TABLE campaigns_campaign
  ENABLE ALWAYS TRIGGER campaign_stamped_when_made;

DROP TRIGGER impression_stamped_when_made ON campaigns_impression;
CREATE TRIGGER impression_stamped_when_made BEFORE INSERT ON campaigns_impression
  FOR EACH ROW WHEN (NEW.shown_at IS DISTINCT FROM statement_timestamp()
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('shown_at');
ALTER TABLE campaigns_impression
  ENABLE ALWAYS TRIGGER impression_stamped_when_made;

DROP TRIGGER click_stamped_when_made ON campaigns_click;
CREATE TRIGGER click_stamped_when_made BEFORE INSERT ON campaigns_click
  FOR EACH ROW WHEN (NEW.clicked_at IS DISTINCT FROM statement_timestamp()
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('clicked_at');
ALTER TABLE campaigns_click
  ENABLE ALWAYS TRIGGER click_stamped_when_made;

DROP TRIGGER impression_on_its_day ON campaigns_impression;
CREATE TRIGGER impression_on_its_day BEFORE INSERT ON campaigns_impression
  FOR EACH ROW WHEN (NEW.shown_on IS DISTINCT FROM (statement_timestamp() AT TIME ZONE 'UTC')::date
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp_day('shown_on');
ALTER TABLE campaigns_impression
  ENABLE ALWAYS TRIGGER impression_on_its_day;

CREATE OR REPLACE FUNCTION campaign_approved_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.approved_at, OLD.approved_by_id)
      IS NOT DISTINCT FROM (NEW.approved_at, NEW.approved_by_id) THEN
    RETURN NEW;
  END IF;
  IF NEW.created_by_id IN (actor, NEW.approved_by_id)
     OR NEW.sponsor_id IN (actor, NEW.approved_by_id) THEN
    PERFORM refuse('campaign_approved_by_another', TG_TABLE_NAME,
      format('approved by %s', coalesce(actor, NEW.approved_by_id)));
  END IF;
  IF actor <> NEW.approved_by_id THEN
    PERFORM refuse('campaign_approved_by_its_person', TG_TABLE_NAME,
      format('by %s', actor));
  END IF;
  RETURN NEW;
END $$;
"""

REVERSE = """
CREATE OR REPLACE FUNCTION campaign_approved_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.approved_at, OLD.approved_by_id)
      IS NOT DISTINCT FROM (NEW.approved_at, NEW.approved_by_id) THEN
    RETURN NEW;
  END IF;
  IF NEW.created_by_id IN (actor, NEW.approved_by_id)
     OR NEW.sponsor_id IN (actor, NEW.approved_by_id) THEN
    PERFORM refuse('campaign_approved_by_another', TG_TABLE_NAME,
      format('approved by %s', coalesce(actor, NEW.approved_by_id)));
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER impression_on_its_day ON campaigns_impression;
CREATE TRIGGER impression_on_its_day BEFORE INSERT ON campaigns_impression
  FOR EACH ROW WHEN (NEW.shown_on IS DISTINCT FROM (statement_timestamp() AT TIME ZONE 'UTC')::date)
  EXECUTE FUNCTION stamp_day('shown_on');
ALTER TABLE campaigns_impression
  ENABLE ALWAYS TRIGGER impression_on_its_day;

DROP TRIGGER click_stamped_when_made ON campaigns_click;
CREATE TRIGGER click_stamped_when_made BEFORE INSERT ON campaigns_click
  FOR EACH ROW WHEN (NEW.clicked_at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('clicked_at');
ALTER TABLE campaigns_click
  ENABLE ALWAYS TRIGGER click_stamped_when_made;

DROP TRIGGER impression_stamped_when_made ON campaigns_impression;
CREATE TRIGGER impression_stamped_when_made BEFORE INSERT ON campaigns_impression
  FOR EACH ROW WHEN (NEW.shown_at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('shown_at');
ALTER TABLE campaigns_impression
  ENABLE ALWAYS TRIGGER impression_stamped_when_made;

DROP TRIGGER campaign_stamped_when_made ON campaigns_campaign;
CREATE TRIGGER campaign_stamped_when_made BEFORE INSERT ON campaigns_campaign
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.approved_at IS NOT NULL OR NEW.ended_at IS NOT NULL)
  EXECUTE FUNCTION stamp('created_at', 'approved_at', 'ended_at');
ALTER TABLE campaigns_campaign
  ENABLE ALWAYS TRIGGER campaign_stamped_when_made;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0013_end_reason"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
