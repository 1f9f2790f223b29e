from django.db import migrations, models
from django.db.models import Q

ADDRESS = r'^([-!-+.-:=?A-~]+|"[!-~]+")@[-!-+.-:=?A-~]+$'

# What is no address, or several, was never sent to one person. It is given up, so that
# it never goes to an address that was made up here; answers go to the sender.
REPAIR = r"""
ALTER TABLE core_mail DISABLE TRIGGER mail_stays;
ALTER TABLE core_mail DISABLE TRIGGER mail_tries_are_counted;
UPDATE core_mail SET "to" = 'unknown@address.invalid',
  attempts = CASE WHEN sent_at IS NULL THEN 8 ELSE attempts END
WHERE "to" !~ '^([-!-+.-:=?A-~]+|"[!-~]+")@[-!-+.-:=?A-~]+$';
UPDATE core_mail SET reply_to = ''
WHERE reply_to <> '' AND reply_to !~ '^([-!-+.-:=?A-~]+|"[!-~]+")@[-!-+.-:=?A-~]+$';
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_tries_are_counted;
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stays;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0019_named_by_its_person")]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=Q(to__regex=ADDRESS)
                & (Q(reply_to="") | Q(reply_to__regex=ADDRESS)),
                name="mail_has_one_address",
            ),
        ),
    ]
