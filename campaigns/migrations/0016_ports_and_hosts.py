from django.db import migrations, models
from django.db.models import BooleanField, F, Func, Q

# A draft and a scheduled campaign become drafts without address and approval. One that
# runs or pauses ends, and keeps the address that it ran with.
REPAIR = """
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migrate campaigns.0016_ports_and_hosts', true),
  set_config('mycenas.reason', 'No browser opens the address of this campaign.', true);
UPDATE campaigns_campaign SET state = 'draft', target_url = '',
  approved_at = NULL, approved_by_id = NULL
WHERE state IN ('draft', 'scheduled') AND target_url <> ''
  AND NOT is_web_address(target_url);
UPDATE campaigns_campaign SET state = 'ended', ended_at = clock_timestamp()
WHERE state IN ('running', 'paused') AND NOT is_web_address(target_url);
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0015_by_organizer"),
        ("core", "0016_web_addresses"),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RemoveConstraint("campaign", "campaign_leads_to_web_address"),
        migrations.AddConstraint(
            "campaign",
            models.CheckConstraint(
                condition=Q(
                    Func(
                        F("target_url"),
                        function="is_web_address",
                        output_field=BooleanField(),
                    )
                )
                | Q(state="ended")
                | Q(state="draft", approved_at=None, target_url=""),
                name="campaign_leads_to_web_address",
            ),
        ),
    ]
