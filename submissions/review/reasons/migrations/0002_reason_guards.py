from django.db import migrations

# Organizations that are there already get the same reasons as new ones.
FORWARD = """
CREATE FUNCTION add_reasons(whose bigint) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  WITH defaults (position, key, code, words) AS (VALUES
    (1, 't', 'off-topic', 'The work does not fit the theme of the competition.'),
    (2, 'b', 'rules', 'The work breaks a rule of the competition.'),
    (3, 'q', 'quality',
      'The picture is too small, blurred or noisy to be shown large.'),
    (4, 'w', 'watermark',
      'The picture has a watermark, a signature, a border or a caption.'),
    (5, 'd', 'duplicate', 'The same picture is entered already.'),
    (6, 'p', 'people',
      'A person can be recognized, and the consent that the rules ask for is missing.')
  ), made AS (
    INSERT INTO reasons_reason (organization_id, code, key, position, is_active)
    SELECT whose, code, key, position, true FROM defaults ORDER BY position
    RETURNING id, code
  )
  INSERT INTO reasons_reasontext (reason_id, language, text)
  SELECT made.id, 'en', words FROM made JOIN defaults USING (code) ORDER BY made.id;
$$;

CREATE FUNCTION organization_gets_reasons() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM add_reasons(NEW.id);
  RETURN NULL;
END $$;

CREATE TRIGGER organization_gets_reasons AFTER INSERT ON accounts_organization
  FOR EACH ROW EXECUTE FUNCTION organization_gets_reasons();
ALTER TABLE accounts_organization ENABLE ALWAYS TRIGGER organization_gets_reasons;

CREATE TRIGGER reason_code_stays BEFORE UPDATE ON reasons_reason
  FOR EACH ROW WHEN ((OLD.id, OLD.organization_id, OLD.code)
    IS DISTINCT FROM (NEW.id, NEW.organization_id, NEW.code))
  EXECUTE FUNCTION refuse_row('reason_code_stays');
ALTER TABLE reasons_reason ENABLE ALWAYS TRIGGER reason_code_stays;

CREATE TRIGGER reason_audit
  AFTER INSERT OR UPDATE OR DELETE ON reasons_reason
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE reasons_reason ENABLE ALWAYS TRIGGER reason_audit;

CREATE TRIGGER reason_text_audit
  AFTER INSERT OR UPDATE OR DELETE ON reasons_reasontext
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE reasons_reasontext ENABLE ALWAYS TRIGGER reason_text_audit;

SELECT add_reasons(id) FROM accounts_organization;
-- Their foreign keys are checked now, so that the next step can change the tables.
SET CONSTRAINTS ALL IMMEDIATE;
"""

REVERSE = """
DROP TRIGGER reason_text_audit ON reasons_reasontext;
DROP TRIGGER reason_audit ON reasons_reason;
DROP TRIGGER reason_code_stays ON reasons_reason;
DROP TRIGGER organization_gets_reasons ON accounts_organization;
DROP FUNCTION organization_gets_reasons();
DROP FUNCTION add_reasons(bigint);
DELETE FROM reasons_reasontext;
DELETE FROM reasons_reason;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("reasons", "0001_initial"), ("core", "0009_days_and_first_values")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
