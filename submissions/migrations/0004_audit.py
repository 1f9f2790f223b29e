from django.db import migrations

FORWARD = """
CREATE TRIGGER submission_audit
  AFTER INSERT OR UPDATE OR DELETE ON submissions_submission
  FOR EACH ROW EXECUTE FUNCTION audit('token,idempotency_key,next_attempt_at', 'description');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_audit;
CREATE TRIGGER award_audit
  AFTER INSERT OR UPDATE OR DELETE ON submissions_award
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE submissions_award ENABLE ALWAYS TRIGGER award_audit;
"""

REVERSE = """
DROP TRIGGER submission_audit ON submissions_submission;
DROP TRIGGER award_audit ON submissions_award;
"""

# Entries and awards stay; the site's role cannot delete what it may not lose.
GRANT = """
DO $$ BEGIN
  IF to_regrole('mycenas_app') IS NOT NULL THEN
    REVOKE DELETE, TRUNCATE ON submissions_submission FROM mycenas_app;
    REVOKE DELETE, TRUNCATE ON submissions_award FROM mycenas_app;
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0003_submission_guards"), ("core", "0003_audit")]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GRANT, migrations.RunSQL.noop),
    ]
