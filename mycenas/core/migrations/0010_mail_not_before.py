from datetime import UTC, datetime

from django.db import migrations, models
from django.db.models import Q

# Mails that wait already have no such moment, and are sent as before.
FORWARD = """
DROP TRIGGER mail_stays ON core_mail;
-- One whose words come late gets them once.
CREATE TRIGGER mail_stays BEFORE UPDATE ON core_mail
  FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL
    OR (OLD.id, OLD."to", OLD.created_at, OLD.about, OLD.not_before)
      IS DISTINCT FROM (NEW.id, NEW."to", NEW.created_at, NEW.about, NEW.not_before)
    OR OLD.template = '' AND (OLD.subject, OLD.body, OLD.template)
      IS DISTINCT FROM (NEW.subject, NEW.body, NEW.template))
  EXECUTE FUNCTION refuse_row('mail_stays');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stays;

CREATE FUNCTION mail_is_recalled() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.sent_at IS NOT NULL OR OLD.not_before IS NULL
     OR OLD.not_before <= clock_timestamp() THEN
    PERFORM refuse('mail_is_recalled', TG_TABLE_NAME,
      format('not before %s', OLD.not_before));
  END IF;
  RETURN OLD;
END $$;

CREATE TRIGGER mail_is_recalled BEFORE DELETE ON core_mail
  FOR EACH ROW EXECUTE FUNCTION mail_is_recalled();
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_is_recalled;
"""

REVERSE = """
DROP TRIGGER mail_is_recalled ON core_mail;
DROP FUNCTION mail_is_recalled();
DROP TRIGGER mail_stays ON core_mail;
CREATE TRIGGER mail_stays BEFORE UPDATE ON core_mail
  FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL
    OR (OLD.id, OLD."to", OLD.created_at, OLD.about)
      IS DISTINCT FROM (NEW.id, NEW."to", NEW.created_at, NEW.about)
    OR OLD.template = '' AND (OLD.subject, OLD.body, OLD.template)
      IS DISTINCT FROM (NEW.subject, NEW.body, NEW.template))
  EXECUTE FUNCTION refuse_row('mail_stays');
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0009_days_and_first_values")]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="not_before",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                "about",
                name="mail_recallable",
                condition=Q(not_before__isnull=False, sent_at=None),
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=Q(
                    not_before__range=(
                        datetime(1999, 12, 31, tzinfo=UTC),
                        datetime(2201, 1, 2, tzinfo=UTC),
                    )
                ),
                name="mail_not_before_bounds",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
