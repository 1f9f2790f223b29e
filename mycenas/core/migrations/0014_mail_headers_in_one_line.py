from django.db import migrations, models
from django.db.models import Q

# Line ends and control characters become spaces. What had them in an address and was
# not sent is given up, so that it never goes to an address that was made up here.
REPAIR = r"""
ALTER TABLE core_mail DISABLE TRIGGER mail_stays;
ALTER TABLE core_mail DISABLE TRIGGER mail_tries_are_counted;
UPDATE core_mail SET attempts = 8
WHERE sent_at IS NULL AND attempts < 8
  AND ("to" || reply_to) ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]';
UPDATE core_mail SET
  "to" = regexp_replace("to", '[\u0001-\u001f\u007f-\u009f\u2028\u2029]', ' ', 'g'),
  subject = regexp_replace(subject, '[\u0001-\u001f\u007f-\u009f\u2028\u2029]', ' ', 'g'),
  reply_to = regexp_replace(reply_to, '[\u0001-\u001f\u007f-\u009f\u2028\u2029]', ' ', 'g')
WHERE "to" || subject || reply_to ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]';
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_tries_are_counted;
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stays;
SET CONSTRAINTS ALL IMMEDIATE;
"""

NOT_IN_A_HEADER = r"[\u0001-\u001f\u007f-\u009f\u2028\u2029]"


class Migration(migrations.Migration):
    dependencies = [("core", "0013_mails_begin_unsent")]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=~Q(to__regex=NOT_IN_A_HEADER)
                & ~Q(subject__regex=NOT_IN_A_HEADER)
                & ~Q(reply_to__regex=NOT_IN_A_HEADER),
                name="mail_headers_in_one_line",
            ),
        ),
    ]
