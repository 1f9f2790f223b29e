from django.db import migrations, models

# A reason given before is in the journal only; the column begins empty.
FORWARD = """
CREATE OR REPLACE FUNCTION campaign_end_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  reason text := btrim(coalesce(current_setting('mycenas.reason', true), ''));
BEGIN
  IF OLD.state = 'draft' THEN
    PERFORM refuse('campaign_approved_stays', TG_TABLE_NAME, 'a draft is approved anew');
  END IF;
  IF reason = '' THEN
    PERFORM refuse('campaign_end_has_reason', TG_TABLE_NAME,
      'mycenas.reason is not set in this transaction');
  END IF;
  IF least(OLD.ends_at, NEW.ends_at) <= clock_timestamp() THEN
    PERFORM refuse('campaign_end_is_ahead', TG_TABLE_NAME,
      format('from %s to %s', OLD.ends_at, NEW.ends_at));
  END IF;
  NEW.end_reason := left(reason, 240);
  RETURN NEW;
END $$;

DROP TRIGGER campaign_approved_stays ON campaigns_campaign;
CREATE TRIGGER campaign_approved_stays BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL AND NEW.approved_at IS NOT NULL
    AND OLD.state <> 'ended'
    AND (OLD.competition_id, OLD.sponsor_id, OLD.name, OLD.starts_at, OLD.headline,
      OLD.target_url, OLD.picture, OLD.alt_text, OLD.picture_width, OLD.picture_height,
      OLD.end_reason)
    IS DISTINCT FROM (NEW.competition_id, NEW.sponsor_id, NEW.name, NEW.starts_at,
      NEW.headline, NEW.target_url, NEW.picture, NEW.alt_text, NEW.picture_width,
      NEW.picture_height, NEW.end_reason))
  EXECUTE FUNCTION refuse_state('campaign_approved_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_approved_stays;
"""

REVERSE = """
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

CREATE OR REPLACE FUNCTION campaign_end_moves() RETURNS trigger
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
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0012_window_stays")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="end_reason",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=240
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
