import django.core.validators
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION rendition_made_while_checked() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  entry record;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off the entry's next step until this row is there to be seen.
  SELECT state, public_id, attempt INTO entry FROM submissions_submission
    WHERE id = NEW.submission_id FOR SHARE;
  IF entry.state IS DISTINCT FROM 'processing' THEN
    PERFORM refuse('rendition_made_while_checked', TG_TABLE_NAME,
      format('the entry is %s', entry.state));
  END IF;
  -- The name carries entry and attempt: a row cannot point to another's picture.
  IF NEW.sha256 IS NULL OR NOT starts_with(NEW.name, format('%s/%s-%s-',
      left(entry.public_id, 2), entry.public_id, entry.attempt)) THEN
    PERFORM refuse('rendition_made_while_checked', TG_TABLE_NAME, NEW.name);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER rendition_made_while_checked BEFORE INSERT ON submissions_rendition
  FOR EACH ROW EXECUTE FUNCTION rendition_made_while_checked();
ALTER TABLE submissions_rendition ENABLE ALWAYS TRIGGER rendition_made_while_checked;

CREATE TRIGGER rendition_is_not_deleted BEFORE DELETE ON submissions_rendition
  FOR EACH ROW EXECUTE FUNCTION refuse_row('rendition_is_not_deleted');
ALTER TABLE submissions_rendition ENABLE ALWAYS TRIGGER rendition_is_not_deleted;

-- A row from before digests were kept gets its digest once.
CREATE TRIGGER rendition_stays BEFORE UPDATE ON submissions_rendition
  FOR EACH ROW WHEN (
    OLD.sha256 IS NOT NULL AND OLD.sha256 IS DISTINCT FROM NEW.sha256 OR (
      OLD.id, OLD.submission_id, OLD.width_class, OLD.name, OLD.width, OLD.height,
      OLD.size
    ) IS DISTINCT FROM (
      NEW.id, NEW.submission_id, NEW.width_class, NEW.name, NEW.width, NEW.height,
      NEW.size
    )) EXECUTE FUNCTION refuse_row('rendition_stays');
ALTER TABLE submissions_rendition ENABLE ALWAYS TRIGGER rendition_stays;

DROP TRIGGER rendition_in_running_competition ON submissions_rendition;
CREATE TRIGGER rendition_in_running_competition
  BEFORE INSERT ON submissions_rendition
  FOR EACH ROW EXECUTE FUNCTION rendition_in_running_competition();
ALTER TABLE submissions_rendition
  ENABLE ALWAYS TRIGGER rendition_in_running_competition;

CREATE TRIGGER rendition_audit
  AFTER INSERT OR UPDATE OR DELETE ON submissions_rendition
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE submissions_rendition ENABLE ALWAYS TRIGGER rendition_audit;
"""

REVERSE = """
DROP TRIGGER rendition_audit ON submissions_rendition;
DROP TRIGGER rendition_in_running_competition ON submissions_rendition;
CREATE TRIGGER rendition_in_running_competition
  BEFORE INSERT OR UPDATE OR DELETE ON submissions_rendition
  FOR EACH ROW EXECUTE FUNCTION rendition_in_running_competition();
ALTER TABLE submissions_rendition
  ENABLE ALWAYS TRIGGER rendition_in_running_competition;
DROP TRIGGER rendition_stays ON submissions_rendition;
DROP TRIGGER rendition_is_not_deleted ON submissions_rendition;
DROP TRIGGER rendition_made_while_checked ON submissions_rendition;
DROP FUNCTION rendition_made_while_checked();
"""

# What remains: to read, to add, and to note a digest that is missing.
GRANT = """
DO $$ BEGIN
  IF to_regrole('mycenas_app') IS NOT NULL THEN
    REVOKE UPDATE, DELETE, TRUNCATE ON submissions_rendition FROM mycenas_app;
    GRANT UPDATE (sha256) ON submissions_rendition TO mycenas_app;
  END IF;
END $$;
"""
GRANT_BEFORE = """
DO $$ BEGIN
  IF to_regrole('mycenas_app') IS NOT NULL THEN
    GRANT UPDATE, DELETE ON submissions_rendition TO mycenas_app;
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0009_canary"), ("core", "0003_audit")]

    operations = [
        migrations.AddField(
            model_name="rendition",
            name="sha256",
            field=models.CharField(
                editable=False,
                max_length=64,
                null=True,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[0-9a-f]{64}\\Z", "A SHA-256 is 64 hexadecimal digits."
                    )
                ],
                verbose_name="SHA-256",
            ),
        ),
        migrations.AddConstraint(
            model_name="rendition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sha256__isnull", True),
                    ("sha256__regex", "^[0-9a-f]{64}$"),
                    _connector="OR",
                ),
                name="rendition_sha256_is_hex",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GRANT, GRANT_BEFORE),
    ]
