from django.db import migrations

# Rows that are there already stay: what was counted before, also outside a window, is
# not distinguished from what was counted inside one.
FORWARD = """
DROP TRIGGER campaign_approved_stays ON campaigns_campaign;
CREATE TRIGGER campaign_approved_stays BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL AND NEW.approved_at IS NOT NULL
    AND OLD.state <> 'ended'
    AND (OLD.competition_id, OLD.sponsor_id, OLD.name, OLD.starts_at, OLD.headline,
      OLD.target_url, OLD.picture, OLD.alt_text, OLD.picture_width, OLD.picture_height)
    IS DISTINCT FROM (NEW.competition_id, NEW.sponsor_id, NEW.name, NEW.starts_at,
      NEW.headline, NEW.target_url, NEW.picture, NEW.alt_text, NEW.picture_width,
      NEW.picture_height))
  EXECUTE FUNCTION refuse_state('campaign_approved_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_approved_stays;

CREATE FUNCTION campaign_end_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.state = 'draft' THEN
    PERFORM refuse('campaign_approved_stays', TG_TABLE_NAME, 'a draft is approved anew');
  END IF;
  IF btrim(coalesce(current_setting('mycenas.reason', true), '')) = '' THEN
    PERFORM refuse('campaign_end_has_reason', TG_TABLE_NAME,
      'mycenas.reason is not set in this transaction');
  END IF;
  IF least(OLD.ends_at, NEW.ends_at) <= clock_timestamp() THEN
    PERFORM refuse('campaign_end_is_ahead', TG_TABLE_NAME,
      format('from %s to %s', OLD.ends_at, NEW.ends_at));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER campaign_end_moves_with_reason BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL AND NEW.approved_at IS NOT NULL
    AND OLD.state <> 'ended' AND OLD.ends_at <> NEW.ends_at)
  EXECUTE FUNCTION campaign_end_moves();
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_end_moves_with_reason;

-- Another state than ended is refused by campaign_moves.
CREATE TRIGGER campaign_ended_stays BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.state = 'ended' AND NEW.state = 'ended'
    AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION refuse_row('campaign_ended_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_ended_stays;

CREATE FUNCTION campaign_counts_on_show() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  which bigint;
BEGIN
  IF TG_TABLE_NAME = 'campaigns_click' THEN
    SELECT campaign_id INTO which FROM campaigns_impression WHERE id = NEW.impression_id;
  ELSE
    which := NEW.campaign_id;
  END IF;
  IF EXISTS (SELECT FROM campaigns_campaign WHERE id = which AND (
      state NOT IN ('scheduled', 'running')
      OR clock_timestamp() NOT BETWEEN starts_at AND ends_at)) THEN
    PERFORM refuse('campaign_counts_on_show', TG_TABLE_NAME,
      format('campaign %s is not on show', which));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER impression_while_on_show BEFORE INSERT OR UPDATE ON campaigns_impression
  FOR EACH ROW EXECUTE FUNCTION campaign_counts_on_show();
ALTER TABLE campaigns_impression ENABLE ALWAYS TRIGGER impression_while_on_show;

CREATE TRIGGER click_while_on_show BEFORE INSERT OR UPDATE ON campaigns_click
  FOR EACH ROW EXECUTE FUNCTION campaign_counts_on_show();
ALTER TABLE campaigns_click ENABLE ALWAYS TRIGGER click_while_on_show;
"""

REVERSE = """
DROP TRIGGER click_while_on_show ON campaigns_click;
DROP TRIGGER impression_while_on_show ON campaigns_impression;
DROP FUNCTION campaign_counts_on_show();
DROP TRIGGER campaign_ended_stays ON campaigns_campaign;
DROP TRIGGER campaign_end_moves_with_reason ON campaigns_campaign;
DROP FUNCTION campaign_end_moves();

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


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0011_counted_one_by_one")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
