from django.db import migrations

# Checked at the end of the transaction: the appeal is decided before the entry moves.
FORWARD = """
CREATE FUNCTION appeal_upheld_reopens() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM submissions_submission WHERE id = NEW.submission_id
      AND state = 'rejected' AND decided_at = NEW.rejected_at) THEN
    PERFORM refuse('appeal_upheld_reopens', TG_TABLE_NAME, 'the entry is rejected');
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER appeal_upheld_reopens AFTER UPDATE ON appeals_appeal
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.state <> 'upheld' AND NEW.state = 'upheld')
  EXECUTE FUNCTION appeal_upheld_reopens();
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_upheld_reopens;
"""

REVERSE = """
DROP TRIGGER appeal_upheld_reopens ON appeals_appeal;
DROP FUNCTION appeal_upheld_reopens();
"""


class Migration(migrations.Migration):
    dependencies = [("appeals", "0002_appeal_guards")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
