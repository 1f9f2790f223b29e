from django.db import migrations

FORWARD = """
CREATE FUNCTION submission_code_in_use() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM reasons_reason AS reason
      JOIN competitions_competition AS competition
        ON competition.organization_id = reason.organization_id
      WHERE competition.id = NEW.competition_id
        AND reason.code = NEW.decision_code AND reason.is_active) THEN
    PERFORM refuse('submission_code_in_use', TG_TABLE_NAME, NEW.decision_code);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_code_in_use BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (NEW.decision_code <> ''
    AND (OLD.state, OLD.decision_code)
      IS DISTINCT FROM (NEW.state, NEW.decision_code))
  EXECUTE FUNCTION submission_code_in_use();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_code_in_use;
"""

REVERSE = """
DROP TRIGGER submission_code_in_use ON submissions_submission;
DROP FUNCTION submission_code_in_use();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reasons", "0002_reason_guards"),
        ("submissions", "0026_decision_code"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
