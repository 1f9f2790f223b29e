from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
CREATE FUNCTION campaign_window_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  -- Without an actor the site's operator acts.
  IF actor IS NOT NULL
     AND NOT holds_role(actor, NEW.competition_id, 'organizer') THEN
    PERFORM refuse('campaign_by_organizer', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER campaign_window_by_organizer BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN ((OLD.starts_at, OLD.ends_at)
    IS DISTINCT FROM (NEW.starts_at, NEW.ends_at))
  EXECUTE FUNCTION campaign_window_by_organizer();
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_window_by_organizer;
"""

REVERSE = """
DROP TRIGGER campaign_window_by_organizer ON campaigns_campaign;
DROP FUNCTION campaign_window_by_organizer();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0017_texts_can_be_seen"),
        ("roles", "0004_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
