from django.db import migrations

# Mails to artists had no key of their entry until decisions could be undone, so the
# outbox showed to whom those of blind competitions went. Each of them names a receipt.
FORWARD = """
ALTER TABLE core_mail DISABLE TRIGGER mail_stays;
UPDATE core_mail SET about = found.entry
FROM (
  SELECT DISTINCT ON (mail.id) mail.id, entry.id AS entry
  FROM core_mail AS mail
    CROSS JOIN LATERAL regexp_matches(
      mail.body, '/receipts/([A-Za-z0-9_-]+)/', 'g'
    ) WITH ORDINALITY AS receipt (parts, place)
    JOIN submissions_submission AS entry ON entry.token = receipt.parts[1]
    JOIN accounts_user AS artist ON artist.id = entry.participant_id
  WHERE mail.about IS NULL
  -- A text of a person may name another receipt; an artist may have a new address.
  ORDER BY mail.id, artist.email = mail."to" DESC, receipt.place DESC
) AS found
WHERE core_mail.id = found.id;
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stays;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0035_outdated_mails"),
        ("core", "0011_mail_reply_to"),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
