from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
CREATE FUNCTION campaign_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  was_approved boolean := TG_OP = 'UPDATE' AND (OLD.approved_at, OLD.approved_by_id)
    IS NOT DISTINCT FROM (NEW.approved_at, NEW.approved_by_id);
BEGIN
  IF NOT was_approved AND NEW.approved_by_id IS NOT NULL
     AND NOT holds_role(NEW.approved_by_id, NEW.competition_id, 'organizer')
  -- Without an actor the site keeps the window, or its operator acts.
     OR TG_OP = 'UPDATE' AND OLD.state <> NEW.state AND actor IS NOT NULL
     AND NOT holds_role(actor, NEW.competition_id, 'organizer') THEN
    PERFORM refuse('campaign_by_organizer', TG_TABLE_NAME,
      format('by %s', coalesce(actor, NEW.approved_by_id)));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER campaign_moved_by_organizer BEFORE INSERT OR UPDATE ON campaigns_campaign
  FOR EACH ROW EXECUTE FUNCTION campaign_by_organizer();
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_moved_by_organizer;
"""

REVERSE = """
DROP TRIGGER campaign_moved_by_organizer ON campaigns_campaign;
DROP FUNCTION campaign_by_organizer();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0014_stamps_and_names"),
        ("roles", "0004_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
