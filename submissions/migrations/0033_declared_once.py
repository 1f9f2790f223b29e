from django.db import migrations

FORWARD = """
CREATE FUNCTION upload_declared_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- An acknowledgment locks the upload's row, so what is seen here is past or to come.
  IF OLD.length <> NEW.length OR OLD.sha256 <> NEW.sha256
     OR NOT EXISTS (SELECT FROM submissions_submission
       WHERE id = OLD.submission_id AND state = 'reserved') THEN
    PERFORM refuse('upload_declared_once', TG_TABLE_NAME,
      format('%s bytes, sha256 %s', OLD.length, OLD.sha256));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER upload_declared_once BEFORE UPDATE ON submissions_upload
  FOR EACH ROW WHEN ((OLD.length, OLD.sha256) IS DISTINCT FROM (NEW.length, NEW.sha256))
  EXECUTE FUNCTION upload_declared_once();
ALTER TABLE submissions_upload ENABLE ALWAYS TRIGGER upload_declared_once;
"""

REVERSE = """
DROP TRIGGER upload_declared_once ON submissions_upload;
DROP FUNCTION upload_declared_once();
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0032_digest_of_upload")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
