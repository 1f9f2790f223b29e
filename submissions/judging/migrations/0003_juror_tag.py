import django.contrib.postgres.functions
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION juror_tagged() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.tag := CASE TG_OP WHEN 'INSERT' THEN gen_random_uuid() ELSE OLD.tag END;
  RETURN NEW;
END $$;

CREATE TRIGGER juror_tagged BEFORE INSERT OR UPDATE ON judging_juror
  FOR EACH ROW EXECUTE FUNCTION juror_tagged();
ALTER TABLE judging_juror ENABLE ALWAYS TRIGGER juror_tagged;

DROP TRIGGER juror_audit ON judging_juror;
CREATE TRIGGER juror_audit
  AFTER INSERT OR UPDATE OR DELETE ON judging_juror
  FOR EACH ROW EXECUTE FUNCTION audit('tag', '');
ALTER TABLE judging_juror ENABLE ALWAYS TRIGGER juror_audit;
"""

REVERSE = """
DROP TRIGGER juror_audit ON judging_juror;
CREATE TRIGGER juror_audit
  AFTER INSERT OR UPDATE OR DELETE ON judging_juror
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE judging_juror ENABLE ALWAYS TRIGGER juror_audit;
DROP TRIGGER juror_tagged ON judging_juror;
DROP FUNCTION juror_tagged();
"""


class Migration(migrations.Migration):
    dependencies = [("judging", "0002_judging_guards")]

    operations = [
        migrations.AddField(
            model_name="juror",
            name="tag",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                editable=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="juror",
            constraint=models.UniqueConstraint(fields=("tag",), name="juror_tag_once"),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
