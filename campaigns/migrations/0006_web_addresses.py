import re
from urllib.parse import quote

import idna
from django.db import migrations, models

LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
STORED = (
    rf"^https?://(({LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?"
    rf"|{BYTE}(\.{BYTE}){{3}}|\[[0-9a-f:.]+\])"
    "(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}"
    "|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?"
    "([/?#][]!#-;=?-[_a-z~]*)?$"
)

TELL = """
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migrate campaigns.0006_web_addresses', true),
  set_config('mycenas.reason', %s, true)
"""
SAME = (
    "The same address in its ASCII form, without a user and password: browsers open it."
)
NONE = "No browser opens the address of this campaign."

# What was approved leads where it led, so its approval stays.
REWRITE = """
ALTER TABLE campaigns_campaign DISABLE TRIGGER campaign_approved_stays;
UPDATE campaigns_campaign SET target_url = new.address
FROM unnest(%s::bigint[], %s::text[]) AS new (id, address)
WHERE campaigns_campaign.id = new.id;
ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER campaign_approved_stays;
"""
# A draft and a scheduled campaign become drafts without address and approval. One that
# runs or pauses ends, and keeps the address that it ran with.
GIVE_UP = """
UPDATE campaigns_campaign SET state = 'draft', target_url = '',
  approved_at = NULL, approved_by_id = NULL
WHERE id = ANY(%s) AND state IN ('draft', 'scheduled');
UPDATE campaigns_campaign SET state = 'ended', ended_at = clock_timestamp()
WHERE id = ANY(%s) AND state IN ('running', 'paused');
"""


def repaired(text):
    """The same address in ASCII, as this version stores it; '' if there is none."""
    found = re.fullmatch(
        r"\s*(https?)://([^/?#]*)(.*?)\s*", text, re.IGNORECASE | re.DOTALL
    )
    if not found or re.search(r"[\s\\\x00-\x20\x7f-\x9f]", "".join(found.groups())):
        return ""
    scheme, authority, rest = found.groups()
    server = re.fullmatch(
        r"(?:.*@)?(\[[0-9A-Fa-f:.]+\]|[^:@]*)(?::([0-9]*))?", authority
    )
    if not server:
        return ""
    name, port = server.groups()
    try:
        host = ".".join(map(ascii_label, remapped(name).split(".")))
        end = f":{int(port)}" if port else ""
        rest = quote(rest, safe="/#%[]=:;$&()+,!?*@'~")
    except ValueError:
        return ""
    address = f"{scheme.lower()}://{host}{end}{rest}"
    return address if len(address) <= 500 and re.search(STORED, address) else ""


def remapped(name):
    if name.startswith("["):
        return name.lower()
    return idna.uts46_remap(name, std3_rules=True).removesuffix(".")


def ascii_label(text):
    return text if text.isascii() else idna.alabel(text).decode()


def repair(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, target_url FROM campaigns_campaign"
            " WHERE state <> 'ended' AND target_url !~ %s",
            [STORED],
        )
        found = {key: repaired(text) for key, text in cursor.fetchall()}
        same = {key: address for key, address in found.items() if address}
        none = [key for key in found if key not in same]
        cursor.execute(TELL, [SAME])
        cursor.execute(REWRITE, [list(same), list(same.values())])
        cursor.execute(TELL, [NONE])
        cursor.execute(GIVE_UP, [none, none])
        cursor.execute(TELL, [""])


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_decided_by_another")]

    operations = [
        migrations.RunPython(repair, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="campaign",
            name="target_url",
            field=models.CharField(max_length=500, verbose_name="address it leads to"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(target_url__regex=STORED)
                | models.Q(state="ended")
                | models.Q(state="draft", approved_at=None, target_url=""),
                name="campaign_leads_to_web_address",
            ),
        ),
    ]
