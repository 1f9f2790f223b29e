import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Fills the creator from the journal. A draft or scheduled campaign that its creator or
# sponsor has approved goes back to a draft without approval; campaigns that ran already
# keep the approval that they ran with.
REPAIR = """
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migrate campaigns.0005_decided_by_another', true),
  set_config('mycenas.reason', 'Who made the campaign is known from the journal.', true);

UPDATE campaigns_campaign AS campaign SET created_by_id = journal.actor
FROM core_auditentry AS journal
WHERE journal.table_name = 'campaigns_campaign' AND journal.row_id = campaign.id
  AND journal.operation = 'INSERT'
  AND EXISTS (SELECT FROM accounts_user WHERE id = journal.actor);

SELECT set_config('mycenas.reason',
  'A campaign is approved by a person who neither made nor pays for it.', true);

UPDATE campaigns_campaign
SET state = 'draft', approved_at = NULL, approved_by_id = NULL
WHERE state IN ('draft', 'scheduled')
  AND (approved_by_id = created_by_id OR approved_by_id = sponsor_id);

SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
-- The foreign key of the new column is checked now, not when the table changes again.
SET CONSTRAINTS ALL IMMEDIATE;
"""

FORWARD = """
CREATE FUNCTION campaign_has_creator() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.created_by_id := coalesce(
    nullif(current_setting('mycenas.actor', true), '')::bigint, NEW.created_by_id);
  IF NEW.created_by_id IS NULL THEN
    PERFORM refuse('campaign_has_creator', TG_TABLE_NAME, 'created_by_id is null');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER campaign_has_creator BEFORE INSERT ON campaigns_campaign
  FOR EACH ROW EXECUTE FUNCTION campaign_has_creator();
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_has_creator;

CREATE TRIGGER campaign_creator_stays BEFORE UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN ((OLD.created_by_id, OLD.created_at)
    IS DISTINCT FROM (NEW.created_by_id, NEW.created_at))
  EXECUTE FUNCTION refuse_row('campaign_creator_stays');
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_creator_stays;

CREATE FUNCTION campaign_approved_by_another() RETURNS trigger
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

-- Fires after campaign_has_creator, for triggers of one kind fire by their names.
CREATE TRIGGER campaign_is_approved_by_another
  BEFORE INSERT OR UPDATE ON campaigns_campaign
  FOR EACH ROW WHEN (NEW.approved_at IS NOT NULL OR NEW.approved_by_id IS NOT NULL)
  EXECUTE FUNCTION campaign_approved_by_another();
ALTER TABLE campaigns_campaign
  ENABLE ALWAYS TRIGGER campaign_is_approved_by_another;
"""

REVERSE = """
DROP TRIGGER campaign_is_approved_by_another ON campaigns_campaign;
DROP FUNCTION campaign_approved_by_another();
DROP TRIGGER campaign_creator_stays ON campaigns_campaign;
DROP TRIGGER campaign_has_creator ON campaigns_campaign;
DROP FUNCTION campaign_has_creator();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
